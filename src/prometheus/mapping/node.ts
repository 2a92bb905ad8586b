// The built-in mapping `node`: node_exporter to the contract node/1.0. Every expression first takes the largest of the
// series that differ only in labels of the scrape, so that a machine that two jobs scrape is not counted twice.
import type { MappingInput } from "./document.ts";

/** Partitions, and devices that stand on other devices or on no disk: counting them counts a transfer twice. */
const NO_DISK =
  "(dm-|md|loop|ram|zram|sr|fd|nbd|drbd|zd|bcache)[0-9].*|(s|h|v|xv)d[a-z]+[0-9]+|(nvme[0-9]+n[0-9]+|mmcblk[0-9]+)p[0-9]+";
/** Loopback, and devices whose traffic crosses another device as well: bridges, tunnels, bonds, VLANs, containers. */
const NO_LINK =
  "lo|(veth|cali|cilium|lxc|cni|flannel|docker|br-|virbr|vnet|tap|tun|wg|ovs|kube|nodelocaldns|dummy|bond|team|ifb)" +
  ".*|br[0-9]+|.+[.@].+";
/** File systems without a disk of their own, and those that are full by nature. */
const NO_FILE_SYSTEM =
  "|tmpfs|devtmpfs|ramfs|rootfs|overlay|aufs|squashfs|erofs|iso9660|udf|autofs|nsfs|proc|sysfs|cgroup2?|fuse[.]lxcfs";

const filesystem = (name: string): string =>
  `avg_over_time(node_filesystem_${name}{fstype!~"$no_file_system"}[$interval])`;
const memory = (name: string): string => `max by (instance) (avg_over_time(node_memory_${name}_bytes[$interval]))`;
const rateOf = (counter: string, labels: string, selector: string): string =>
  `max by (${labels}) (rate(${counter}${selector}[$interval]))`;
const disk = (counter: string): string => rateOf(counter, "instance, device", `{device!~"$no_disk"}`);
const link = (counter: string): string => rateOf(counter, "instance, device", `{device!~"$no_link"}`);
/** What a counter of rare events rose since the interval before; a rate misses what falls between two windows. */
const risen = (counter: string): string =>
  `last_over_time(${counter}[$interval]) - last_over_time(${counter}[$interval] offset $interval)`;
const stall = (counter: string) => clipped(`100 * ${rateOf(counter, "instance", "")}`);

/** A share that a rate may carry a little beyond its bounds. */
function clipped(expression: string): { expression: string; outOfRange: "clip" } {
  return { expression, outOfRange: "clip" };
}

/** The built-in mapping `node`. */
export const nodeMapping: MappingInput = {
  contract: "node/1.0",
  server: {
    label: "instance",
    present: 'max by (instance) (present_over_time(node_cpu_seconds_total{mode="idle"}[$interval]))',
  },
  parts: { no_disk: NO_DISK, no_link: NO_LINK, no_file_system: NO_FILE_SYSTEM },
  metrics: {
    // Not one minus idle: the kernel's iowait is idle too, and runs backwards at times.
    cpu_pct: clipped(
      "100 * avg by (instance) (sum by (instance, cpu) " +
        `(${rateOf("node_cpu_seconds_total", "instance, cpu, mode", '{mode!~"idle|iowait"}')}))`,
    ),
    mem_pct: clipped(`100 * (1 - ${memory("MemAvailable")} / ${memory("MemTotal")})`),
    disk_pct: clipped(`100 * max by (instance) (1 - ${filesystem("avail_bytes")} / ${filesystem("size_bytes")})`),
    load_per_core: {
      expression:
        "max by (instance) (avg_over_time(node_load1[$interval])) / " +
        'count by (instance) (count by (instance, cpu) (last_over_time(node_cpu_seconds_total{mode="idle"}[$interval])))',
    },
    cpu_stall_pct: stall("node_pressure_cpu_waiting_seconds_total"),
    mem_stall_pct: stall("node_pressure_memory_waiting_seconds_total"),
    io_stall_pct: stall("node_pressure_io_waiting_seconds_total"),
    disk_busy_pct: clipped(`100 * max by (instance) (${disk("node_disk_io_time_seconds_total")})`),
    disk_read_mb_s: { expression: `sum by (instance) (${disk("node_disk_read_bytes_total")}) / 1e6` },
    disk_write_mb_s: { expression: `sum by (instance) (${disk("node_disk_written_bytes_total")}) / 1e6` },
    net_in_mb_s: { expression: `sum by (instance) (${link("node_network_receive_bytes_total")}) / 1e6` },
    net_out_mb_s: { expression: `sum by (instance) (${link("node_network_transmit_bytes_total")}) / 1e6` },
    oom_kill: { expression: `max by (instance) (${risen("node_vmstat_oom_kill")}) > bool 0` },
  },
};
