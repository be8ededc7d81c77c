/** Length of a trace, seconds. */
export const TRACE = 60;

/** One value for each second of the last minute; null where nothing is known. */
export class Trace {
  readonly #values = new Array<number | null>(TRACE).fill(null);
  #second: number | null = null;

  /** One value a second, the oldest first. */
  get values(): readonly (number | null)[] {
    return this.#values;
  }

  /** Sets the value of a second. Seconds that were skipped since the last call get the value of that call. */
  put(second: number, value: number | null): void {
    const last = this.#values[TRACE - 1]!;
    const passed = this.#second === null ? 0 : Math.min(TRACE, second - this.#second);
    for (let count = 0; count < passed; count++) {
      this.#values.shift();
      this.#values.push(last);
    }
    if (this.#second === null || second > this.#second) this.#second = second;
    this.#values[TRACE - 1] = value;
  }

  get most(): number {
    return this.#values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  }
}

export interface Chart {
  /** SVG path data: the line, and the area below it. */
  readonly line: string;
  readonly area: string;
  /** The y coordinate of the allowed rate; null where there is no limit. */
  readonly limit: number | null;
}

/** Draws a trace into a box of this width and height. The scale ends 10 % above the limit and the highest value. */
export function chart(values: readonly (number | null)[], limit: number, width: number, height: number): Chart {
  const most = values.reduce<number>((highest, value) => Math.max(highest, value ?? 0), Math.max(limit, 1));
  const top = most * 1.1;
  const x = (index: number): string => round((index * width) / (values.length - 1));
  const y = (value: number): string => round(height - (value / top) * height);
  let line = '';
  let area = '';
  let start = -1;
  values.forEach((value, index) => {
    if (value === null) return;
    const begins = index === 0 || values[index - 1] === null;
    const ends = index === values.length - 1 || values[index + 1] === null;
    if (begins) start = index;
    line += `${begins ? 'M' : 'L'}${x(index)} ${y(value)}`;
    area += `${begins ? `M${x(index)} ${height}` : ''}L${x(index)} ${y(value)}`;
    if (ends) area += `L${x(index)} ${height}L${x(start)} ${height}Z`;
  });
  return { line, area, limit: limit > 0 ? Number(y(limit)) : null };
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
