// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import linux.hrtimer.Clock;
import linux.in.Prefix;
import linux.netdevice.PacketTap;

/** How a script is to be played: packetdrill's options, by their names, and some of ours. A script's own options are stronger. */
public final class Settings {
    long tolerance = 4 * Clock.NSEC_PER_MSEC;

    /** Of the time since the event before. */
    double tolerancePercent;

    int localIp = Prefix.parseAddr("192.168.0.1");
    int remoteIp = Prefix.parseAddr("192.0.2.1");
    int bindPort = 8080;
    int connectPort = 8080;
    int mtu = 1500;
    boolean gso;

    /** Microseconds of a tick of the host's time stamps; 0: they are not compared. */
    int stampTick;

    /** A segment that is expected comes as one packet, not as several. */
    boolean strictSegments;

    /** Packets that no line expects are mistakes, also after the last one that is expected. */
    boolean strict;

    boolean verbose;
    boolean dryRun;
    Path pcap;
    PacketTap.Listener watcher;
    final Map<String, String> sysctls = new LinkedHashMap<>();

    /** A copy, for a script that changes some. */
    Settings copy() {
        Settings s = new Settings();
        s.tolerance = tolerance;
        s.tolerancePercent = tolerancePercent;
        s.localIp = localIp;
        s.remoteIp = remoteIp;
        s.bindPort = bindPort;
        s.connectPort = connectPort;
        s.mtu = mtu;
        s.gso = gso;
        s.stampTick = stampTick;
        s.strictSegments = strictSegments;
        s.strict = strict;
        s.verbose = verbose;
        s.dryRun = dryRun;
        s.pcap = pcap;
        s.watcher = watcher;
        s.sysctls.putAll(sysctls);
        return s;
    }

    public Settings gso(boolean on) {
        gso = on;
        return this;
    }

    /** As exact as can be: a packet for a line, and none besides. */
    public Settings strict() {
        strictSegments = true;
        strict = true;
        return this;
    }

    public Settings sysctl(String name, String value) {
        sysctls.put(name, value);
        return this;
    }

    public Settings pcap(Path file) {
        pcap = file;
        return this;
    }

    /** Who sees the packets of the script. */
    public Settings watcher(PacketTap.Listener listener) {
        watcher = listener;
        return this;
    }

    /**
     * Takes an option over.
     *
     * @param name without the dashes
     * @return what is wrong with it, or null
     */
    String set(String name, String value) {
        try {
            return setOrThrow(name, value);
        } catch (IllegalArgumentException e) {
            return "--" + name + "=" + value + ": " + e.getMessage();
        }
    }

    private String setOrThrow(String name, String value) {
        switch (name) {
            case "tolerance_usecs" -> tolerance = number(value, 0, Integer.MAX_VALUE) * 1000L;
            case "tolerance_percent" -> tolerancePercent = Double.parseDouble(value);
            case "local_ip" -> localIp = Prefix.parseAddr(value);
            case "remote_ip" -> remoteIp = Prefix.parseAddr(value.replaceFirst("/\\d+$", ""));
            case "bind_port" -> bindPort = number(value, 0, 0xffff);
            case "connect_port" -> connectPort = number(value, 0, 0xffff);
            case "mtu" -> mtu = number(value, 68, 0xffff);
            case "tcp_ts_tick_usecs" -> stampTick = number(value, 0, Integer.MAX_VALUE);
            case "gso" -> gso = onOff(value);
            case "verbose" -> verbose = true;
            case "dry_run" -> dryRun = true;
            case "strict_segments" -> strictSegments = true;
            case "strict" -> strict();
            case "sysctl" -> {
                int eq = value.indexOf('=');
                if (eq <= 0) {
                    return "--sysctl " + value + ": expected NAME=VALUE";
                }
                sysctls.put(value.substring(0, eq), value.substring(eq + 1));
            }
            case "ip_version" -> {
                if (!value.equals("ipv4")) {
                    return "--ip_version=" + value + ": only ipv4 is played here";
                }
            }
            case "gateway_ip", "netmask_ip", "speed", "mss", "non_fatal", "tcp_ts_ecr_scaled", "send_omit_free",
                    "is_anyip", "debug", "code_sockopt", "code_command", "code_format" -> {
                // Nothing here depends on it.
            }
            case "wire_client", "wire_server", "wire_server_ip", "wire_server_at", "wire_server_port", "wire_client_dev",
                    "wire_server_dev", "so_filename", "so_flags", "init_scripts", "define" -> {
                return "--" + name + " is not supported: the script, the network and the host are one program here";
            }
            default -> {
                return "there is no option --" + name;
            }
        }
        return null;
    }

    /** Options that are followed by nothing. */
    static boolean isFlag(String name) {
        return switch (name) {
            case "verbose", "dry_run", "debug", "strict", "strict_segments", "is_anyip", "send_omit_free", "tcp_ts_ecr_scaled", "wire_client",
                    "wire_server" -> true;
            default -> false;
        };
    }

    private static int number(String s, int least, int most) {
        int n = Integer.parseInt(s);
        if (n < least || n > most) {
            throw new IllegalArgumentException("expected a number between " + least + " and " + most);
        }
        return n;
    }

    private static boolean onOff(String s) {
        if (!s.equals("on") && !s.equals("off")) {
            throw new IllegalArgumentException("expected on or off");
        }
        return s.equals("on");
    }
}
