// HTTP calls. The key lives in this tab's session storage, or in local storage when the reader asked to be remembered;
// it never becomes part of the page's own address.

const STORED_AS = 'fangd.key';

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const key = {
  get value() {
    return sessionStorage.getItem(STORED_AS) ?? localStorage.getItem(STORED_AS) ?? '';
  },
  store(value, remember) {
    this.forget();
    (remember ? localStorage : sessionStorage).setItem(STORED_AS, value);
  },
  forget() {
    sessionStorage.removeItem(STORED_AS);
    localStorage.removeItem(STORED_AS);
  },
};

let askForKey = async () => {};

/** `ask` is called after a 401 with whether a key was refused; it resolves when another key is stored. */
export function onKeyNeeded(ask) {
  askForKey = ask;
}

const advice = {
  403: 'The daemon does not allow this from here.',
  413: 'This is longer than the daemon accepts. Send it in parts.',
  503: 'The daemon is starting or stopping. Try again in a moment.',
};

export async function call(method, path, body) {
  for (;;) {
    const sent = key.value;
    const headers = { accept: 'application/json' };
    if (sent) headers.authorization = `Bearer ${sent}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    let response;
    try {
      response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), cache: 'no-store' });
    } catch {
      throw new ApiError(0, 'The daemon cannot be reached. Is “fangd start” running?');
    }
    if (response.status === 401 && path !== keyTest) {
      await askForKey(sent);
      continue;
    }
    const text = await response.text();
    let answer = null;
    try {
      answer = text ? JSON.parse(text) : null;
    } catch {
      if (response.ok) throw new ApiError(response.status, `${path} did not answer with JSON. A proxy may stand in between.`);
    }
    if (response.ok) return answer;
    throw new ApiError(response.status, explain(response, answer));
  }
}

const keyTest = '/api/agents?limit=1';

/** Whether the daemon takes the stored key. */
export async function keyIsAccepted() {
  try {
    await call('GET', keyTest);
    return true;
  } catch (error) {
    if (error.status === 401) return false;
    throw error;
  }
}

function explain(response, answer) {
  const said = typeof answer?.error === 'string' ? answer.error : answer?.error?.message;
  if (response.status === 429) {
    const wait = Number(response.headers.get('retry-after')) || 1;
    return `Too many requests. Try again in ${wait} s.`;
  }
  return [said ?? `The daemon answered ${response.status}.`, advice[response.status]].filter(Boolean).join(' ');
}

export function socketAddress(agentId) {
  const address = new URL(`/api/agents/${encodeURIComponent(agentId)}/ws`, location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  // A browser cannot put a header on a WebSocket.
  if (key.value) address.searchParams.set('token', key.value);
  return address.href;
}
