/** Figures by name and labels, such as `cicd_pipeline_runs_total{pipeline=CI,result=success}`. What is 0 is left out. */
export type Figures = Readonly<Record<string, number>>;

export function nameFigure(name: string, labels: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${sorted.map(([label, value]) => `${label}=${value}`).join(",")}}`;
}

type Labels = Readonly<Record<string, string>>;

/** The figures that a reference model adds up. */
export interface FigureBook {
  readonly figures: Figures;
  count(name: string, labels: Labels, by?: number): void;
  /** One observation of a histogram; `null`: there is none. */
  observe(name: string, labels: Labels, seconds: number | null): void;
  /** Keeps the greatest. */
  raise(name: string, labels: Labels, value: number): void;
}

export function openBook(): FigureBook {
  const figures: Record<string, number> = {};
  const count = (name: string, labels: Labels, by = 1) => {
    const figure = nameFigure(name, labels);
    if (by !== 0) figures[figure] = (figures[figure] ?? 0) + by;
  };
  return {
    figures,
    count,
    observe(name, labels, seconds) {
      if (seconds === null) return;
      count(`${name}_count`, labels);
      count(`${name}_sum`, labels, seconds);
    },
    raise(name, labels, value) {
      const figure = nameFigure(name, labels);
      figures[figure] = Math.max(figures[figure] ?? 0, value);
    },
  };
}
