// SPDX-License-Identifier: GPL-2.0-only
package capture;

import static net.sock.Alloc.liveSockets;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Consumer;
import linux.printk.Printk;
import net.inet_sock.inet_sock;
import net.sock.sock;
import uapi.linux.in.In;

/** Tells when a TCP socket has changed its state. It looks from outside, whenever it is asked to. */
public final class StateWatch {
    private static final String[] NAMES = {
        "", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT", "LAST_ACK", "LISTEN",
        "CLOSING"
    };

    private final Map<sock, Integer> states = new IdentityHashMap<>();
    private final Map<sock, String> names = new IdentityHashMap<>();
    private final Consumer<String> out;

    /** @param out gets a line for each change */
    public StateWatch(Consumer<String> out) {
        this.out = out;
    }

    /** Compares with what was there when it looked last. */
    public void look() {
        for (sock sk : liveSockets()) {
            if (sk.sk_protocol == In.IPPROTO_TCP && sk instanceof inet_sock) {
                Integer old = states.put(sk, sk.skc_state);
                if (old == null || old != sk.skc_state) {
                    out.accept(name(sk) + ": " + (old == null ? "" : NAMES[old] + " -> ") + NAMES[sk.skc_state]);
                }
            }
        }
    }

    private String name(sock sk) {
        if (sk.skc_daddr != 0 && sk.skc_num != 0 && sk.skc_dport != 0) {
            names.put(sk, Printk.pI4(sk.skc_rcv_saddr) + "." + sk.skc_num + " > " + Printk.pI4(sk.skc_daddr) + "." + sk.skc_dport);
        }
        return names.computeIfAbsent(sk, s -> Printk.pI4(s.skc_rcv_saddr) + "." + s.skc_num);
    }
}
