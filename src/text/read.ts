/** What a text means, or what is wrong with it in words that follow the name of the setting, flag or parameter. */
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };
