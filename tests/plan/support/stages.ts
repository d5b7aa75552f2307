/** An ordinary stage, and the one whose data must survive everything. */
export const STAGES = ['test', 'production'] as const;
export type Stage = (typeof STAGES)[number];
