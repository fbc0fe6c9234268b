/** How the files of dist/public are sent, wherever the app runs. */
export const pageHeaders = {
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    imgSrc: ["'self'", 'https:', 'http:', 'data:'],
    objectSrc: ["'none'"],
    baseUri: ["'self'"],
    frameAncestors: ["'none'"],
  },
  // Whether the name is always reached by https is for the proxy in front, or the platform, to say.
  strictTransportSecurity: false,
};

/** Names in assets/ carry a hash of their content. */
export const assetCaching = 'public, max-age=31536000, immutable';

/** Files that are never sent: source maps, and those with a leading dot. */
export const isHidden = (path: string) => path.endsWith('.map') || /(^|\/)\.(?!well-known\/)/.test(path);
