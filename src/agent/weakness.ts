/** What a person should know where runs have no control groups. */
export function weaknessText(why: string): string {
  return `runs have no control groups (${why}): a process that leaves its session and outlives its parent is not found when its run is ended, and limits of memory, cpu and tasks are not in force`;
}
