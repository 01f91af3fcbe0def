// The few lines that stand in for a framework. Text only ever becomes a text node; nothing here parses HTML.

export const byId = id => document.getElementById(id);

/** Makes an element; a property the element knows is set as such, any other name becomes an attribute. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Says something to a screen reader without moving the focus. */
export function announce(text) {
  const region = byId('announce');
  region.textContent = '';
  // A region that is emptied and filled in one task is the same text again to some readers, and is not read.
  requestAnimationFrame(() => (region.textContent = text));
}

const whole = new Intl.NumberFormat();

export const count = (number, noun) => `${whole.format(number)} ${noun}${number === 1 ? '' : 's'}`;
