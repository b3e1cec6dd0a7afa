/**
 * Makes a page whole that lacks some of its files. While one version of the BFF takes the place of another, the page may come
 * from one and its files be asked of the other, which has no such address. So they are asked for until a server that has them
 * answers, which lets the browser keep them for good, and the page is loaded again, which then finds them there.
 *
 * Its own address has no version in it: every server has it, whichever the page came from.
 */

const pauseMs = { first: 100, max: 1_000 };
const limitMs = 60_000;
/** The page that is loaded again may be of the other version, and lack that one's files. */
const reloadsMax = 3;
const counterName = 'boxoffice.mended';

if (document.readyState === 'complete') void look();
else addEventListener('load', () => void look(), { once: true });

// By then every file has come, or has failed to.
async function look(): Promise<void> {
  if (isWhole()) {
    sessionStorage.removeItem(counterName);
    return;
  }
  const reloads = Number(sessionStorage.getItem(counterName) ?? 0);
  if (reloads >= reloadsMax) return;
  const untilMs = performance.now() + limitMs;
  await Promise.all(files().map((file) => fetchOnceThere(file, untilMs)));
  sessionStorage.setItem(counterName, String(reloads + 1));
  location.reload();
}

/** Whether the page's script has run, and its styles are there. */
function isWhole(): boolean {
  const styles = [...document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]')];
  return document.querySelector('[data-skeleton]') === null && styles.every(({ sheet }) => sheet !== null);
}

/** What the page loads: its modules are all announced. */
function files(): string[] {
  const links = [...document.querySelectorAll<HTMLLinkElement>('link[href^="/assets/"]')].map(({ href }) => href);
  const scripts = [...document.querySelectorAll<HTMLScriptElement>('script[src^="/assets/"]')].map(({ src }) => src);
  return [...new Set([...links, ...scripts])];
}

async function fetchOnceThere(file: string, untilMs: number): Promise<void> {
  for (let pause = pauseMs.first; performance.now() < untilMs; pause = Math.min(2 * pause, pauseMs.max)) {
    const isThere = await fetch(file).then(
      async (response) => response.ok && (await response.blob()).size > 0,
      () => false,
    );
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, pause * (0.5 + Math.random())));
  }
}
