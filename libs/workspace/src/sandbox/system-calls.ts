/** A system call's number on x86-64 and on 64-bit ARM; undefined where the architecture does not have it. */
export type CallNumbers = readonly [x64: number, arm64: number | undefined];

/**
 * What no build, test or tool needs, and what escapes were built from: other processes' memory, keys of the kernel,
 * programs in the kernel, mounts, handles that pass around directories. Refused as not permitted.
 * Numbers of linux/arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
 */
export const forbiddenCalls: Readonly<Record<string, CallNumbers>> = {
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  process_madvise: [440, 440],
  pidfd_getfd: [438, 438],
  kcmp: [312, 272],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  bpf: [321, 280],
  userfaultfd: [323, 282],
  perf_event_open: [298, 241],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  setns: [308, 268],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  fanotify_init: [300, 262],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  swapon: [167, 224],
  swapoff: [168, 225],
  reboot: [169, 142],
  acct: [163, 89],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  syslog: [103, 116],
  move_pages: [279, 239],
  migrate_pages: [256, 238],
  iopl: [172, undefined],
  ioperm: [173, undefined],
  modify_ldt: [154, undefined],
};

/** Refused as unknown, so that a program takes its older way: an interface with a history of escapes. */
export const unknownCalls: Readonly<Record<string, CallNumbers>> = {
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
};

export const socketCall: CallNumbers = [41, 198];

/** Unspecified, local, IPv4, IPv6 and netlink; others (a hypervisor's, a kernel's) know no network namespace. */
export const socketFamilies: readonly number[] = [0, 1, 2, 10, 16];
