import { createElement, type ReactNode } from 'react';
import type { Entity, Errors } from '../../shared/entity';
import type { FieldType } from '../../shared/fields';
import type { CheckoutProps, ClientFeature, InputProps, ListProps, OrderProps, RecordProps } from '../feature';
import { features } from '../features';

/** Where features appear on the pages that every app has. */

const serving = (entity: Entity) => (feature: ClientFeature) => !feature.serves || feature.serves.includes(entity.key);

/** Whether a feature shows the records that a reference leads from. */
export const covered = (entity: Entity, field: string) => features.some(({ covers }) => covers?.includes(`${entity.key}.${field}`));

/** The input that a feature has for the type of the field, else the usual one. */
export function Inputs({ otherwise, ...props }: InputProps & { otherwise: ReactNode }) {
  const feature = features.find(({ inputs }) => inputs?.[props.field.type]);
  const own = feature?.inputs?.[props.field.type];
  return own ? createElement(own, props) : otherwise;
}

export const Panels = (props: RecordProps) => features.filter(serving(props.entity)).map(({ Panel }, index) => (Panel ? <Panel key={index} {...props} /> : null));

export const Marks = (props: RecordProps) => features.filter(serving(props.entity)).map(({ Mark }, index) => (Mark ? <Mark key={index} {...props} /> : null));

export const sortsOf = (entity: Entity) => features.filter(serving(entity)).flatMap(({ sorts = [] }) => sorts);

export const Tools = (props: ListProps) => features.filter(serving(props.entity)).map(({ Tools: Own }, index) => (Own ? <Own key={index} {...props} /> : null));

export const Headers = () => features.map(({ Header }, index) => (Header ? <Header key={index} /> : null));

export const Homes = () => features.map(({ Home }, index) => (Home ? <Home key={index} /> : null));

export const Orders = (props: OrderProps) => features.map(({ Order }, index) => (Order ? <Order key={index} {...props} /> : null));

export const Checkouts = (props: CheckoutProps) => features.map(({ Checkout }, index) => (Checkout ? <Checkout key={index} {...props} /> : null));
export const SignUps = (props: { errors: Errors }) => features.map(({ SignUp }, index) => (SignUp ? <SignUp key={index} {...props} /> : null));

/** Whether a feature has an input of its own for such fields. */
export const hasOwnInput = (type: FieldType) => features.some(({ inputs }) => inputs?.[type]);
