import { useRef, useState } from 'preact/hooks';
import { announce } from '../announcer.ts';
import type { Policy, Queue } from '../answers.ts';
import { act } from './desk.ts';
import { faultWords, fieldFaultsOf } from './fault.ts';
import { wholeNumber } from './field.ts';
import { dictionary } from './words.ts';

/** A field of a policy. */
export type PolicyName = keyof Policy;

/** What was typed into a field: not sent yet, sent and not answered, or refused. */
export interface Edit {
  readonly text: string;
  readonly saving?: true;
  readonly fault?: string;
}

type Edits = Partial<Record<PolicyName, Edit>>;

/** The fields that differ from what stands, each saved by itself. What is refused stays in its field, with why. */
export function usePolicyEdits(queue: Queue, onQueue: (queue: Queue) => void) {
  const words = dictionary.use();
  const [edits, setEdits] = useState<Edits>({});
  // Enter is a change and a submission: one of them saves.
  const saving = useRef(new Set<PolicyName>()).current;
  const edit = (name: PolicyName, to: Edit | undefined): void => setEdits((before) => withEdit(before, name, to));

  const send = async (name: PolicyName, text: string, value: number): Promise<void> => {
    saving.add(name);
    edit(name, { text, saving: true });
    try {
      onQueue(await act<Queue>('PATCH', `/v1/admin/schedules/${queue.scheduleId}/queue`, changeOf(queue, name, value)));
      edit(name, undefined);
      announce(words.saved(words.policy[name].label));
    } catch (error) {
      const faults = fieldFaultsOf(words, error);
      const fault = faults.get(name) ?? [...faults.values()][0] ?? faultWords(words, error);
      edit(name, { text, fault });
      announce(fault, 'urgent');
    } finally {
      saving.delete(name);
    }
  };

  const save = (name: PolicyName): void => {
    const text = edits[name]?.text;
    if (text === undefined || saving.has(name)) return;
    const value = wholeNumber(text);
    if (value === undefined) edit(name, { text, fault: words.notANumber });
    else if (value === queue[name]) edit(name, undefined);
    else void send(name, text, value);
  };
  return { edits, edit, save };
}

/** A rate needs its interval: whoever sets the first of them means a second. */
function changeOf(queue: Queue, name: PolicyName, value: number): Partial<Policy> {
  const needsInterval = name === 'admitCount' && value > 0 && queue.admitIntervalSeconds === 0;
  return { [name]: value, ...(needsInterval && { admitIntervalSeconds: 1 }) };
}

function withEdit(edits: Edits, name: PolicyName, to: Edit | undefined): Edits {
  const others = Object.fromEntries(Object.entries(edits).filter(([one]) => one !== name));
  return to === undefined ? others : { ...others, [name]: to };
}
