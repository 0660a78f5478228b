/** The names of those classes that hold. */
export function classes(all: Record<string, boolean>): string {
  return Object.keys(all)
    .filter((each) => all[each])
    .join(" ");
}
