import { reasonOf } from '@boxoffice/runtime/error';

/** The reason a call is refused for; `none` when it is not, and the error itself when it is no refusal. */
export async function refusal(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
    return 'none';
  } catch (error) {
    return reasonOf(error) ?? error;
  }
}
