// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static net.net_namespace.NetNs.init_net;

import devinet.IpAddr;
import fib_frontend.IpRoute;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import linux.errno.Errno;
import linux.hrtimer.Clock;
import linux.netdevice.Offloads;
import linux.sched.Sched;

/**
 * The commands that a script gives in back quotes. There is no shell: those that configure the machine act on the one in here,
 * {@code sysctl}, {@code echo VALUE > /proc/sys/...}, {@code ip route}, {@code ip link}, {@code ifconfig mtu}, {@code ethtool -K},
 * {@code sleep}; all others are refused.
 */
final class ShellCommands {
    private static final Pattern WORD = Pattern.compile("(?:\"[^\"]*\"|'[^']*'|[^\\s\"'>])+|>");
    private static final String UNABLE = "there is no shell here; sysctl, echo VALUE > /proc/sys/..., ip route, ip link, ifconfig mtu, ethtool -K and sleep work";

    private final Tun tun;

    ShellCommands(Tun tun) {
        this.tun = tun;
    }

    void run(String text) throws Failure {
        for (String command : text.split("\\n|;|&&")) {
            List<String> words = words(command.replaceFirst("(^|\\s)#.*", ""));
            if (!words.isEmpty()) {
                run(words, command.strip());
            }
        }
    }

    private static List<String> words(String command) {
        List<String> found = new ArrayList<>();
        Matcher m = WORD.matcher(command);
        while (m.find()) {
            found.add(m.group().replaceAll("[\"']", ""));
        }
        return found;
    }

    private void run(List<String> w, String shown) throws Failure {
        String first = w.get(0).replaceFirst("^(/usr)?/s?bin/", "");
        switch (first) {
            case "sysctl" -> {
                for (String setting : w.subList(1, w.size())) {
                    if (!setting.startsWith("-")) {
                        int eq = setting.indexOf('=');
                        check(shown, eq < 0 ? -Errno.EINVAL : write(setting.substring(0, eq).strip(), setting.substring(eq + 1)));
                    }
                }
            }
            case "echo" -> {
                int to = w.indexOf(">");
                if (to < 0 || to + 1 >= w.size() || !w.get(to + 1).startsWith("/proc/sys/")) {
                    throw new Failure("`" + shown + "`: " + UNABLE);
                }
                String file = w.get(to + 1).substring("/proc/sys/".length());
                check(shown, write(file.replace('/', '.'), String.join(" ", w.subList(1, to))));
            }
            case "ip" -> ip(w, shown);
            case "ifconfig" -> {
                int mtu = w.indexOf("mtu");
                check(shown, mtu < 0 ? -Errno.EINVAL : IpAddr.linkMtu(tun.dev, number(w, mtu + 1, shown)));
            }
            case "ethtool" -> {
                for (int i = 3; i + 1 < w.size() && w.get(1).equals("-K"); i += 2) {
                    offload(w.get(i), w.get(i + 1).equals("on"));
                }
            }
            case "sleep" -> Sched.nanosleep(Math.round(Double.parseDouble(w.get(1)) * Clock.NSEC_PER_SEC));
            case "true" -> { }
            default -> {
                // A machine that has just booted has its defaults.
                if (!first.endsWith("defaults.sh")) {
                    throw new Failure("`" + shown + "`: " + UNABLE);
                }
            }
        }
    }

    private void offload(String name, boolean on) throws Failure {
        try {
            Offloads.set(tun.dev, name, on);
        } catch (IllegalArgumentException e) {
            if (on) {
                throw new Failure("ethtool: " + e.getMessage());
            }
            // What the device never could is off.
        }
    }

    private void ip(List<String> w, String shown) throws Failure {
        String what = w.size() > 2 ? w.get(1) + " " + w.get(2) : "";
        if (what.startsWith("tcp_metrics")) {
            // tcp_no_metrics_save is set: there are none.
            return;
        }
        String rest = w.size() > 3 ? String.join(" ", w.subList(3, w.size())) : "";
        switch (what) {
            case "route add" -> check(shown, IpRoute.add(init_net, rest));
            case "route change", "route replace" -> check(shown, IpRoute.replace(init_net, rest));
            case "route del" -> check(shown, IpRoute.del(init_net, rest));
            case "addr add" -> check(shown, IpAddr.add(tun.dev, w.get(3)));
            case "addr del" -> check(shown, IpAddr.del(tun.dev, w.get(3)));
            case "link set" -> {
                int mtu = w.indexOf("mtu");
                if (mtu > 0) {
                    check(shown, IpAddr.linkMtu(tun.dev, number(w, mtu + 1, shown)));
                } else if (w.contains("up") || w.contains("down")) {
                    check(shown, w.contains("up") ? IpAddr.linkUp(tun.dev) : IpAddr.linkDown(tun.dev));
                } else {
                    throw new Failure("`" + shown + "`: " + UNABLE);
                }
            }
            default -> throw new Failure("`" + shown + "`: " + UNABLE);
        }
    }

    private static int number(List<String> w, int i, String shown) throws Failure {
        if (i >= w.size() || !w.get(i).matches("\\d{1,6}")) {
            throw new Failure("`" + shown + "`: expected a number");
        }
        return Integer.parseInt(w.get(i));
    }

    /** @param name with dots, or with slashes */
    static int write(String name, String value) {
        return init_net.sysctls.write(name, value.strip());
    }

    private static void check(String shown, int err) throws Failure {
        if (err < 0) {
            throw new Failure("`" + shown + "`: " + Errno.name(err));
        }
    }
}
