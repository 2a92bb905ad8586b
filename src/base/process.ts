// Whether the owner of something left behind is still at work.

/** Whether a process of this machine is alive; one that belongs to another user is. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
