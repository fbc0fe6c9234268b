import { Cards } from '../components/Cards';

export const Overview = ({ title }: { title: string }) => (
  <>
    <h1>{title}</h1>
    <Cards />
  </>
);
