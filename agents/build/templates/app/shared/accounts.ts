import * as v from 'valibot';
import { openRoles } from './app';

const email = v.pipe(v.string('Email is required'), v.trim(), v.toLowerCase(), v.maxLength(254, 'Email is too long'), v.email('Email must be an e-mail address'));

export const signUpInput = v.object({
  name: v.pipe(v.string('Name is required'), v.trim(), v.minLength(1, 'Name is required'), v.maxLength(100, 'Name is too long')),
  email,
  password: v.pipe(v.string('Password is required'), v.minLength(10, 'Password must have at least 10 characters'), v.maxLength(200, 'Password is too long')),
  role: v.optional(v.picklist(openRoles.map((role) => role.key), 'Role must be one of those offered')),
});

export const logInInput = v.object({ email, password: v.pipe(v.string('Password is required'), v.minLength(1, 'Password is required')) });
