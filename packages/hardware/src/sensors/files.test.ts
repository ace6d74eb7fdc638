import { describe, expect, test } from "vitest";
import { readerOf as cpuReader } from "./cpu.ts";
import { readerOf as drmReader } from "./drm.ts";
import type { Files } from "./files.ts";
import { poll } from "./poll.ts";

/** A tree of files; folders follow from the paths. */
const tree = (texts: Record<string, string>): Files => ({
  read: async (path) => texts[path]?.trim() ?? null,
  list: async (folder) => [
    ...new Set(
      Object.keys(texts)
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1).split("/")[0]!),
    ),
  ],
});

const bus = "0000:03:00.0";
const device = `/sys/bus/pci/devices/${bus}`;

const fdinfo = (client: number, lines: string) =>
  `pos:\t0\ndrm-driver:\tamdgpu\ndrm-pdev:\t${bus}\ndrm-client-id:\t${client}\n${lines}`;

describe("AMD and Intel on Linux", () => {
  test("amdgpu: memory of the process, own and spilled, clients counted once", async () => {
    const files = tree({
      [`${device}/mem_info_vram_used`]: String(3 * 2 ** 30),
      [`${device}/gpu_busy_percent`]: "97",
      [`${device}/hwmon/hwmon4/power1_average`]: "182000000",
      [`${device}/hwmon/hwmon4/temp1_input`]: "71000",
      [`${device}/hwmon/hwmon4/freq1_input`]: "1300000000",
      "/proc/77/fdinfo/8": fdinfo(
        5,
        "drm-memory-vram:\t2048 KiB\ndrm-memory-gtt: \t1024 KiB\ndrm-memory-cpu: \t4096 KiB\n",
      ),
      "/proc/77/fdinfo/9": fdinfo(5, "drm-memory-vram:\t2048 KiB\ndrm-memory-gtt: \t1024 KiB\n"),
      "/proc/77/fdinfo/10": fdinfo(6, "drm-total-vram:\t5 MiB\ndrm-memory-vram:\t1024 KiB\n"),
      "/proc/77/fdinfo/11": fdinfo(7, "drm-total-vram:\t5 MiB\n").replace(bus, "0000:04:00.0"),
      "/proc/77/fdinfo/1": "pos:\t0\nflags:\t02\n",
    });
    expect(await drmReader(bus, files)(() => [77])).toEqual({
      atMs: expect.any(Number),
      usedMiB: 3072,
      busyPercent: 97,
      powerW: 182,
      temperatureC: 71,
      clockMHz: 1300,
      processMiB: 8,
    });
  });

  test("i915: energy counter and clock, memory in regions", async () => {
    const files = tree({
      [`${device}/hwmon/hwmon2/energy1_input`]: "512000000",
      [`${device}/drm/card1/gt_act_freq_mhz`]: "2050",
      "/proc/77/fdinfo/8": fdinfo(1, "drm-total-local0:\t3 MiB\ndrm-total-system0:\t1024 KiB\n"),
    });
    expect(await drmReader(bus, files)(() => [77])).toMatchObject({ energyJ: 512, clockMHz: 2050, processMiB: 4 });
  });

  test("garbage, and nothing at all, are no readings", async () => {
    const garbage = { [`${device}/gpu_busy_percent`]: "busy", [`${device}/hwmon/hwmon4/power1_average`]: "" };
    expect(await drmReader(bus, tree(garbage))(() => [77])).toBeNull();
    expect(await drmReader(bus, tree({}))(() => [])).toBeNull();
  });
});

describe("the processor", () => {
  const stat = (user: number, idle: number, steal = 0) =>
    `cpu  ${user} 0 0 ${idle} 0 0 0 ${steal} 0 0\ncpu0 1 0 0 1\ncpu1 1 0 0 1\ncpu2 1 0 0 1\ncpu3 1 0 0 1\n`;
  const own = (ticks: number) =>
    `77 (node) with (brackets) S 1 77 77 0 -1 0 0 0 0 0 ${ticks} 0 0 0`.replace(") with (", ") (");

  /** What others take of two of four threads, between two looks one second apart. */
  const taken = async (busy: number, ours: number, steal = 0): Promise<number | undefined> => {
    const texts: Record<string, string> = { "/proc/stat": stat(0, 0), "/proc/77/stat": own(0) };
    const read = cpuReader(2, tree(texts));
    await read(() => [77]);
    texts["/proc/stat"] = stat(busy, 400 - busy - steal, steal);
    texts["/proc/77/stat"] = own(ours);
    return (await read(() => [77]))?.busyPercent;
  };

  test("others count only as far as the free cores had no room for them", async () => {
    expect(await taken(200, 200)).toBe(0);
    // Two of four cores were free, and others used just those.
    expect(await taken(400, 200)).toBe(0);
    // We had one core's time; the others had three, one of them ours.
    expect(await taken(400, 100)).toBe(50);
    // Stolen by the host: nobody here had it.
    expect(await taken(100, 100, 300)).toBe(50);
  });

  test("RAPL counts on when its counter wraps, clock and temperature are read", async () => {
    const rapl = "/sys/class/powercap/intel-rapl:0";
    const texts: Record<string, string> = {
      [`${rapl}/energy_uj`]: "9000000",
      [`${rapl}/max_energy_range_uj`]: "10000000",
      "/sys/class/powercap/intel-rapl:0:0/energy_uj": "5",
      "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "3000000",
      "/sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq": "4000000",
      "/sys/devices/system/cpu/cpu0/cpufreq/base_frequency": "2900000",
      "/sys/class/thermal/thermal_zone0/type": "acpitz",
      "/sys/class/thermal/thermal_zone1/type": "x86_pkg_temp",
      "/sys/class/thermal/thermal_zone1/temp": "64000",
    };
    const read = cpuReader(2, tree(texts));
    expect(await read(() => [])).toMatchObject({ energyJ: 9, clockMHz: 3500, defaultClockMHz: 2900, temperatureC: 64 });
    texts[`${rapl}/energy_uj`] = "1000000";
    expect((await read(() => []))?.energyJ).toBe(11);
  });

  test("what may not be read is not there; a virtual machine's clock is none", async () => {
    const texts = { "/proc/cpuinfo": "flags : fpu hypervisor\ncpu MHz : 2500.000\n" };
    expect(await cpuReader(2, tree(texts))(() => [])).toBeNull();
    expect(await cpuReader(2, tree({ "/proc/cpuinfo": "flags : fpu\ncpu MHz : 2500.5\n" }))(() => [])).toMatchObject({
      clockMHz: 2500.5,
    });
  });
});

test("asking ends with an answer that never comes or fails, and says so", async () => {
  const never = poll(
    () => new Promise(() => {}),
    1,
    "no answer",
    () => [],
    () => {},
  );
  const failing = poll(
    async () => {
      throw new TypeError("x");
    },
    1,
    "no answer",
    () => [],
    () => {},
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([never.fault(), failing.fault()]).toEqual(["no answer", "the sensor failed: TypeError"]);
  never.stop();
});
