/** Seeds that every run plays. Those that once found something say what. */
export const CORPUS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
