import * as v from 'valibot';
import { invitableRoles, openRoles } from './app';

const email = v.pipe(v.string('Email is required'), v.trim(), v.toLowerCase(), v.maxLength(254, 'Email is too long'), v.email('Email must be an e-mail address'));
const name = v.pipe(v.string('Name is required'), v.trim(), v.minLength(1, 'Name is required'), v.maxLength(100, 'Name is too long'));
const newPassword = v.pipe(v.string('Password is required'), v.minLength(10, 'Password must have at least 10 characters'), v.maxLength(200, 'Password is too long'));
const oldPassword = v.pipe(v.string('Password is required'), v.minLength(1, 'Password is required'), v.maxLength(200, 'Password is too long'));
const token = v.pipe(v.string('The link is not complete'), v.minLength(20, 'The link is not complete'), v.maxLength(100, 'The link is not complete'));

export const signUpInput = v.object({
  name,
  email,
  password: newPassword,
  role: v.optional(v.picklist(openRoles.map((role) => role.key), 'Role must be one of those offered')),
  invitation: v.optional(token),
});

export const logInInput = v.object({ email, password: oldPassword });

export const forgotInput = v.object({ email });

export const resetInput = v.object({ token, password: newPassword });

export const profileInput = v.object({ name });

export const passwordInput = v.object({ current: oldPassword, password: newPassword });

export const invitationInput = v.object({ email, role: v.picklist(invitableRoles.map((role) => role.key), 'Role must be one of those offered') });

export const tokenInput = v.object({ token });
