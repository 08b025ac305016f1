/** Numbers for texts, so that a stored state has each text once. */
export interface Texts {
  number(text: string | null): number;
  list(): readonly (string | null)[];
}

export function createTexts(): Texts {
  const numbers = new Map<string | null, number>();
  return {
    number(text) {
      const found = numbers.get(text);
      if (found !== undefined) return found;
      numbers.set(text, numbers.size);
      return numbers.size - 1;
    },
    list: () => [...numbers.keys()],
  };
}
