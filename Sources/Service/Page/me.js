// Who is signed in, and what they may do.

let known = null;

/** The signed-in user (`/v1/me`), or null. */
export function me() {
  return known;
}

/** Set by the page's frame on sign-in and sign-out. */
export function setMe(user) {
  known = user;
}

/** Whether the user holds a permission. */
export function may(permission) {
  return known !== null && known.permissions.includes(permission);
}

/** Why they may not, as the service would say it; null if they may. */
export function lacks(permission) {
  return may(permission) ? null : `This needs the permission ${permission}. Ask an admin of your org for a role that holds it.`;
}

/** Whether a record names the user as its actor. */
export function isMe(actor) {
  return known !== null && actor === `user:${known.user_id}`;
}
