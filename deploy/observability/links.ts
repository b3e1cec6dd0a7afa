/**
 * Where the people who are paged find RUNBOOK.md. Yours is somewhere else: change it here and in `rules/` (`npm run check:deploy`
 * tells where), and `npm run generate:dashboards`.
 */
export const runbookUrl = 'https://runbooks.example/boxoffice/RUNBOOK.md';
