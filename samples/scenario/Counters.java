// SPDX-License-Identifier: GPL-2.0-only
package scenario;

import java.util.LinkedHashMap;
import java.util.Map;
import net.net_namespace.net;

/**
 * The MIB counters of a namespace, read where everybody reads them: {@code /proc/net/snmp} and {@code /proc/net/netstat}, pairs of lines
 * of which the first names what the second counts.
 */
public final class Counters {
    private final Map<String, Long> values = new LinkedHashMap<>();

    /** What stands there now. */
    public static Counters of(net net) {
        Counters c = new Counters();
        c.read(net.proc_net.read("snmp"));
        c.read(net.proc_net.read("netstat"));
        return c;
    }

    private void read(String text) {
        String[] lines = text.split("\n");
        for (int i = 0; i + 1 < lines.length; i += 2) {
            String[] names = lines[i].split(" ");
            String[] numbers = lines[i + 1].split(" ");
            String group = names[0].substring(0, names[0].length() - 1);
            for (int k = 1; k < names.length; k++) {
                values.put(group + "." + names[k], Long.parseLong(numbers[k]));
            }
        }
    }

    /** A counter like {@code "Tcp.OutSegs"}; 0 if there is none of that name. */
    public long get(String name) {
        return values.getOrDefault(name, 0L);
    }

    /** What has changed since {@code before}, in the order of the files; of groups Tcp, TcpExt, Ip and IpExt. */
    public Map<String, Long> since(Counters before) {
        Map<String, Long> changed = new LinkedHashMap<>();
        for (String group : new String[] {"Tcp.", "TcpExt.", "Ip.", "IpExt."}) {
            values.forEach((name, v) -> {
                long d = v - before.get(name);
                if (d != 0 && name.startsWith(group)) {
                    changed.put(name, d);
                }
            });
        }
        return changed;
    }
}
