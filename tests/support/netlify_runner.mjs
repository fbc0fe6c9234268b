// Calls a function's entry point as AWS Lambda does when it streams: one event a line on stdin, one
// answer a line on stdout. Usage: node netlify_runner.mjs <entry point>
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';

globalThis.awslambda = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: { from: (stream, head) => Object.assign(stream, { head }) },
};
console.log = console.error;
const { handler } = await import(pathToFileURL(process.argv[2]));

async function answer(event) {
  const stream = new PassThrough();
  const chunks = [];
  const whole = new Promise((resolve) => stream.on('data', (chunk) => chunks.push(chunk)).on('end', resolve));
  await handler(event, stream, { awsRequestId: 'emulated', callbackWaitsForEmptyEventLoop: false });
  await whole;
  const { statusCode = 200, headers = {}, multiValueHeaders = {} } = stream.head ?? {};
  const flat = Object.entries(multiValueHeaders).map(([name, values]) => [name, values.join(', ')]);
  const body = Buffer.concat(chunks).toString('base64');
  return { statusCode, headers: { ...headers, ...Object.fromEntries(flat) }, body, isBase64Encoded: true };
}

for await (const line of createInterface({ input: process.stdin })) {
  const said = await answer(JSON.parse(line)).catch((error) => ({ statusCode: 502, body: String(error) }));
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
