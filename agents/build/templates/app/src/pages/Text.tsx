export const Text = ({ title, sections }: { title: string; sections: readonly string[] }) => (
  <article className="narrow">
    <h1>{title}</h1>
    {sections.map((section) => <p key={section} className="prose">{section}</p>)}
  </article>
);
