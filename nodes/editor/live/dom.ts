interface Card<T> {
  readonly element: Element;
  update(item: T): void;
}

/** Keeps one card for each item, in the items' order. An item has the same card for as long as it is in the list. */
export class KeyedList<T, C extends Card<T>> {
  readonly #parent: Element;
  readonly #make: { key(item: T): string; create(item: T): C };
  readonly #cards = new Map<string, C>();

  constructor(parent: Element, make: { key(item: T): string; create(item: T): C }) {
    this.#parent = parent;
    this.#make = make;
  }

  get cards(): Iterable<C> {
    return this.#cards.values();
  }

  get size(): number {
    return this.#cards.size;
  }

  update(items: readonly T[]): void {
    const keys = new Set(items.map((item) => this.#make.key(item)));
    for (const [key, card] of this.#cards) {
      if (keys.has(key)) continue;
      card.element.remove();
      this.#cards.delete(key);
    }
    items.forEach((item, index) => {
      const key = this.#make.key(item);
      const card = this.#cards.get(key) ?? this.#make.create(item);
      this.#cards.set(key, card);
      card.update(item);
      const there = this.#parent.children[index] ?? null;
      if (there !== card.element) this.#parent.insertBefore(card.element, there);
    });
  }
}

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function svg(tag: string, attributes: Readonly<Record<string, string>>): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag) as SVGElement;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** Leaves an unchanged text alone: a text that is set anew loses its selection and is read out again. */
export function setText(target: Element, text: string): void {
  if (target.textContent !== text) target.textContent = text;
}

export function setAttribute(target: Element, name: string, value: string): void {
  if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}
