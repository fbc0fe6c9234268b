import type { ComponentType } from 'react';
import type { Entity, Errors, Row } from '../shared/entity';
import type { Field, FieldType } from '../shared/fields';
import type { PageInfo } from '../shared/pages';
import type { Common } from './components/Control';

/** A page of a feature; `id` is the parameter of its address, or "". */
export interface PageProps {
  page: PageInfo;
  id: string;
}

export interface RecordProps {
  entity: Entity;
  row: Row;
  /** Asks the server for the record again. */
  reload: () => void;
}

/** An input: `common` goes to the control that the label is for. */
export interface InputProps {
  field: Field;
  value: string;
  common: Common;
}

export interface ListProps {
  entity: Entity;
  /** What the list is narrowed to. */
  query: URLSearchParams;
}

/** An order of the reader, or of anybody for administrators. */
export interface Order {
  id: string;
  number: number;
  status: string;
  total: number;
  currency: string;
  mine: boolean;
}

export interface OrderProps {
  order: Order;
  /** Asks the server for the order again. */
  reload: () => void;
}

export interface CheckoutProps {
  /** What the server said against the values of the form, by the name of the control. */
  errors: Errors;
  /** Asks the server for the total with what now stands in the form. */
  refresh: () => void;
}

/** What the app can do beyond keeping records. */
export interface ClientFeature {
  /** Pages by their kind. */
  pages?: Readonly<Record<string, ComponentType<PageProps>>>;
  /** Keys of the entities that `Panel`, `Mark` and `Tools` are for; all when left out. */
  serves?: readonly string[];
  /** References, such as `reply.ticket_id`, whose records `Panel` shows, so that the page does not. */
  covers?: readonly string[];
  /** Below the facts of a record. */
  Panel?: ComponentType<RecordProps>;
  /** Something small beside the name of a record and on its card: a heart, stars. */
  Mark?: ComponentType<RecordProps>;
  /** Inputs of forms, by the type of the field. */
  inputs?: Partial<Record<FieldType, ComponentType<InputProps>>>;
  /** Further orders of a list, by their key in the address. */
  sorts?: readonly { key: string; title: string }[];
  /** Beside the heading of a list. */
  Tools?: ComponentType<ListProps>;
  /** More questions in the form of a sign-up, and what was wrong with the answers. */
  SignUp?: ComponentType<{ errors: Errors }>;
  /** In the header of every page. */
  Header?: ComponentType;
  /** On the home page. */
  Home?: ComponentType;
  /** Below an order. */
  Order?: ComponentType<OrderProps>;
  /** Controls in the form of the checkout. */
  Checkout?: ComponentType<CheckoutProps>;
}
