import { Empty } from '../components/Notice';
import { Link } from '../lib/router';

export const NotFound = () => (
  <>
    <h1>Not found</h1>
    <Empty title="There is nothing at this address."><Link href="/">Go to the start</Link></Empty>
  </>
);
