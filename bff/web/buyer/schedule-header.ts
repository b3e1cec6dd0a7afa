import { get } from '../call.ts';
import { html, type View } from '../html.ts';
import { useFormats } from '../language.ts';
import { useLoading } from '../loading.ts';
import { hrefOf } from '../route.ts';
import type { Schedule } from '../answers.ts';
import { keepSchedule, keptSchedule } from './kept-tickets.ts';

/** What a date is called: as kept from the list of dates, else as the API says. */
export function useSchedule(scheduleId: number): Schedule | undefined {
  const read = useLoading(
    async (signal) => {
      const schedule = await get<Schedule>(`/v1/schedules/${scheduleId}`, { signal });
      keepSchedule(schedule);
      return schedule;
    },
    [scheduleId],
  );
  return read.value ?? keptSchedule(scheduleId);
}

/** Which concert and date a step is about. */
export function ScheduleHeader({ schedule }: { readonly schedule: Schedule | undefined }): View {
  const formats = useFormats();
  if (schedule === undefined) return html`<p class="eyebrow"></p>`;
  return html`<p class="eyebrow">
    <a href=${hrefOf('concerts', schedule.concertId)}>${schedule.concertName}</a>
    <span aria-hidden="true"> · </span>${formats.day(schedule.date)}
  </p>`;
}
