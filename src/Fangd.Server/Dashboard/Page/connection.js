// One WebSocket that is kept up: it reconnects with growing, jittered pauses and notices a link that died silently.

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
const PING_EVERY = 20_000;
const SILENT_TOO_LONG = 50_000;

export class Connection {
  #address;
  #on;
  #socket = null;
  #failures = 0;
  #timer = 0;
  #heartbeat = 0;
  #heard = 0;

  /** `on` has frame(object), up(), and down(pauseInMilliseconds, everUp). */
  constructor(address, on) {
    this.#address = address;
    this.#on = on;
    this.retryNow = this.retryNow.bind(this);
    addEventListener('online', this.retryNow);
    this.#open();
  }

  get isUp() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  send(frame) {
    if (!this.isUp) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  retryNow() {
    if (this.#timer) this.#open();
  }

  close() {
    removeEventListener('online', this.retryNow);
    this.#drop();
  }

  #open() {
    this.#drop();
    const socket = new WebSocket(this.#address());
    let wasUp = false;
    this.#socket = socket;
    this.#heard = performance.now();
    socket.onmessage = event => {
      this.#heard = performance.now();
      let frame;
      try {
        frame = JSON.parse(event.data);
      } catch {
        return;
      }
      if (frame.type === 'connected') {
        wasUp = true;
        this.#failures = 0;
        this.#on.up();
      } else if (frame.type !== 'pong') this.#on.frame(frame);
    };
    socket.onclose = () => {
      this.#drop();
      const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures++) * (0.7 + 0.6 * Math.random());
      this.#timer = setTimeout(() => this.#open(), pause);
      this.#on.down(pause, wasUp);
    };
    this.#heartbeat = setInterval(() => {
      // close() alone waits for the peer's answer, which a dead link never gives.
      if (performance.now() - this.#heard > SILENT_TOO_LONG) socket.onclose();
      else this.send({ type: 'ping' });
    }, PING_EVERY);
  }

  #drop() {
    clearTimeout(this.#timer);
    clearInterval(this.#heartbeat);
    this.#timer = 0;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onclose = socket.onmessage = null;
    socket.close();
  }
}
