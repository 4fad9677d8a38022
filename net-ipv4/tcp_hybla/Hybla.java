// SPDX-License-Identifier: GPL-2.0-only
package tcp_hybla;

import static linux.jiffies.Jiffies.msecs_to_jiffies;
import static linux.kernel.Kernel.geU32;
import static linux.kernel.Kernel.ltU32;
import static linux.kernel.Kernel.maxU32;
import static linux.kernel.Kernel.minU32;
import static linux.kernel.Kernel.u32;
import static linux.tcp.Sockets.tcp_sk;
import static net.inet_connection_sock.Sockets.inet_csk;
import static net.inet_connection_sock.Sockets.inet_csk_ca;
import static tcp_cong.Registry.tcp_register_congestion_control;
import static tcp_cong.Registry.tcp_unregister_congestion_control;
import static tcp_cong.Reno.tcp_is_cwnd_limited;
import static tcp_cong.Reno.tcp_reno_cong_avoid;
import static uapi.linux.tcp.TcpOpt.TCP_CA_Open;

import linux.tcp.tcp_sock;
import net.inet_connection_sock.CaStruct;
import net.sock.sock;
import net.tcp.tcp_congestion_ops;

/**
 * Hybla, {@code net/ipv4/tcp_hybla.c}: C. Caini, R. Firrincieli, "TCP Hybla: A TCP Enhancement for Heterogeneous
 * Networks" (2004), for satellite links. The window grows as fast in time as that of a Reno connection whose round-trip
 * time is {@code rtt0} (25 ms): {@code rho}, round-trip time over rtt0, enters slow start as 2^rho - 1 and congestion
 * avoidance as rho^2.
 *
 * <p>Everything is called through {@code icsk_ca_ops}. Losses are answered as Reno does.
 */
public final class Hybla {
    private Hybla() {}

    /** What Hybla keeps for a connection. */
    static final class hybla extends CaStruct {
        /** Reno decides while something is lost. */
        boolean hybla_en;

        /** Fractions of a segment not yet added to the window, in 1/128. */
        int snd_cwnd_cents;

        /** rho and its square, whole, and with 3 and 7 bits of fraction. */
        int rho;

        int rho2;
        int rho_3ls;
        int rho2_7ls;

        /** The smallest smoothed round-trip time, in jiffies times 8. 0 if there was none at the beginning. */
        int minrtt;
    }

    /** Module parameter, in milliseconds. With 0 the machine divides by zero, as it does in C. */
    static int rtt0;

    static tcp_congestion_ops tcp_hybla;

    /** This module's part of the socket, zeroed at first. */
    private static hybla ca(sock sk) {
        if (inet_csk_ca(sk) instanceof hybla ca) {
            return ca;
        }
        hybla ca = new hybla();
        inet_csk(sk).icsk_ca_priv = ca;
        return ca;
    }

    /** rho from the smoothed round-trip time; it is never less than 1. */
    static void hybla_recalc_param(sock sk) {
        hybla ca = ca(sk);

        ca.rho_3ls = maxU32((int) Long.divideUnsigned(u32(tcp_sk(sk).srtt), msecs_to_jiffies(rtt0)), 8);
        ca.rho = ca.rho_3ls >>> 3;
        ca.rho2_7ls = ca.rho_3ls * ca.rho_3ls << 1;
        ca.rho2 = ca.rho2_7ls >>> 7;
    }

    /** The connection is established: it starts with a window of rho. */
    static void hybla_init(sock sk) {
        tcp_sock tp = tcp_sk(sk);
        hybla ca = ca(sk);

        ca.rho = 0;
        ca.rho2 = 0;
        ca.rho_3ls = 0;
        ca.rho2_7ls = 0;
        ca.snd_cwnd_cents = 0;
        ca.hybla_en = true;
        tp.snd_cwnd = 2;
        tp.snd_cwnd_clamp = 65535;

        hybla_recalc_param(sk);

        // Without a sample it stays 0, and rho stays 1 for good.
        ca.minrtt = tp.srtt;
        tp.snd_cwnd = ca.rho;
    }

    static void hybla_state(sock sk, int ca_state) {
        hybla ca = ca(sk);

        ca.hybla_en = ca_state == TCP_CA_Open;
    }

    /** 2^(n/8) in 1/128. */
    private static final int[] fractions = {
        128, 139, 152, 165, 181, 197, 215, 234,
    };

    static int hybla_fraction(int odds) {
        return ltU32(odds, fractions.length) ? fractions[odds] : 128;
    }

    /** Adds to the window what the ACK is worth, and keeps the fraction for later. */
    static void hybla_cong_avoid(sock sk, int ack, int acked, int in_flight) {
        tcp_sock tp = tcp_sk(sk);
        hybla ca = ca(sk);
        int increment, odd, rho_fractions;
        int is_slowstart = 0;

        if (ltU32(tp.srtt, ca.minrtt)) {
            hybla_recalc_param(sk);
            ca.minrtt = tp.srtt;
        }

        if (!tcp_is_cwnd_limited(sk, in_flight)) {
            return;
        }

        if (!ca.hybla_en) {
            tcp_reno_cong_avoid(sk, ack, acked, in_flight);
            return;
        }

        if (ca.rho == 0) {
            hybla_recalc_param(sk);
        }

        rho_fractions = ca.rho_3ls - (ca.rho << 3);

        if (ltU32(tp.snd_cwnd, tp.snd_ssthresh)) {
            // 2^rho - 1 in 1/128: the whole part is a shift, the rest is looked up.
            is_slowstart = 1;
            increment = (1 << minU32(ca.rho, 16)) * hybla_fraction(rho_fractions) - 128;
        } else {
            // rho^2 / window in 1/128.
            increment = Integer.divideUnsigned(ca.rho2_7ls, tp.snd_cwnd);
            if (ltU32(increment, 128)) {
                tp.snd_cwnd_cnt++;
            }
        }

        odd = increment & 127;
        tp.snd_cwnd += increment >>> 7;
        ca.snd_cwnd_cents += odd;

        while (geU32(ca.snd_cwnd_cents, 128)) {
            tp.snd_cwnd++;
            ca.snd_cwnd_cents -= 128;
            tp.snd_cwnd_cnt = 0;
        }
        // A window so large that the increment is nothing grows as Reno's.
        if (increment == 0 && odd == 0 && geU32(tp.snd_cwnd_cnt, tp.snd_cwnd)) {
            tp.snd_cwnd++;
            tp.snd_cwnd_cnt = 0;
        }
        if (is_slowstart != 0) {
            tp.snd_cwnd = minU32(tp.snd_cwnd, tp.snd_ssthresh);
        }

        tp.snd_cwnd = minU32(tp.snd_cwnd, tp.snd_cwnd_clamp);
    }

    static int hybla_register() {
        return tcp_register_congestion_control(tcp_hybla);
    }

    static void hybla_unregister() {
        tcp_unregister_congestion_control(tcp_hybla);
    }
}
