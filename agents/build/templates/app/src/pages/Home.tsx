import { app } from '../../shared/app';
import { Cards } from '../components/Cards';
import { Homes } from '../components/Slots';
import { Link } from '../lib/router';
import { useSession } from '../lib/session';

export function Home() {
  const { user, known } = useSession();
  return (
    <>
      <section className="hero">
        <h1>{user ? `Welcome, ${user.name}` : app.name}</h1>
        {app.description ? <p>{app.description}</p> : null}
        {known && !user ? (
          <p className="actions">
            <Link href="/signup" className="button">Create an account</Link>
            <Link href="/login" className="button quiet">I have an account</Link>
          </p>
        ) : null}
      </section>
      <Homes />
      <Cards />
    </>
  );
}
