// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.ENOENT;
import static linux.hrtimer.Clock.BOOT_SECONDS;
import static linux.hrtimer.Clock.NSEC_PER_SEC;
import static linux.hrtimer.Clock.now;
import static linux.netem.Quantity.time;
import static linux.sched.Sched.msleep;
import static linux.skbuff.SkbConst.SKBTX_HW_TSTAMP;
import static linux.skbuff.SkbConst.SKBTX_SW_TSTAMP;
import static linux.skbuff.SkbConst.SKBTX_WIFI_STATUS;
import static linux.uaccess.User.get32;
import static linux.uaccess.User.get64;
import static net.sock.Flags.sock_flag;
import static net.sock.Flags.sock_set_flag;
import static net.sock.SockConst.SK_FLAGS_TIMESTAMP;
import static net.sock.SockFlag.SOCK_RCVTSTAMP;
import static net.sock.SockFlag.SOCK_RCVTSTAMPNS;
import static net.sock.SockFlag.SOCK_RXQ_OVFL;
import static net.sock.SockFlag.SOCK_TIMESTAMP;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_RX_SOFTWARE;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_SOFTWARE;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_TX_HARDWARE;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_TX_SOFTWARE;
import static net.sock.SockFlag.SOCK_WIFI_STATUS;
import static org.assertj.core.api.Assertions.assertThat;
import static uapi.linux.socket.SocketOpt.SOL_SOCKET;
import static uapi.linux.socket.SocketOpt.SO_RXQ_OVFL;
import static uapi.linux.socket.SocketOpt.SO_TIMESTAMP;
import static uapi.linux.socket.SocketOpt.SO_TIMESTAMPING;
import static uapi.linux.socket.SocketOpt.SO_TIMESTAMPNS;

import linux.compiler.IntRef;
import linux.skbuff.sk_buff;
import linux.socket.msghdr;
import linux.types.View;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.FakeFamily;
import testing.KernelTest;

@KernelTest
class TimestampsTest {
    private static final long STAMP = 5 * NSEC_PER_SEC + 123_456_789;

    private final byte[] control = new byte[200];
    private final msghdr msg = new msghdr();
    private final sk_buff skb = new sk_buff();
    private FakeFamily family;
    private sock sk;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sk = family.sock();
        msg.msg_control = new View(control, 0);
        msg.msg_controllen = control.length;
        skb.tstamp = STAMP;
    }

    @AfterEach
    void close() {
        family.closeAll();
    }

    private int written() {
        return ((View) msg.msg_control).at;
    }

    private void header(int at, int len, int type) {
        assertThat(get64(control, at)).isEqualTo(len);
        assertThat(get32(control, at + 8)).isEqualTo(SOL_SOCKET);
        assertThat(get32(control, at + 12)).isEqualTo(type);
    }

    @Nested
    class sock_recv_timestamp {
        @Test
        @DisplayName("who does not want to be told can still ask")
        void noted() {
            Timestamps.sock_recv_timestamp(msg, sk, skb);

            assertThat(sk.sk_stamp).isEqualTo(STAMP);
            assertThat(written()).isZero();
        }

        @Test
        @DisplayName("who wants to be told is told")
        void told() {
            sock_set_flag(sk, SOCK_RCVTSTAMP);
            Timestamps.sock_recv_timestamp(msg, sk, skb);
            assertThat(written()).isEqualTo(32);
            assertThat(sk.sk_stamp).isNotEqualTo(STAMP);
        }
    }

    @Nested
    class sock_recv_ts_and_drops {
        @Test
        @DisplayName("usually only notes the time")
        void noted() {
            Timestamps.sock_recv_ts_and_drops(msg, sk, skb);
            assertThat(sk.sk_stamp).isEqualTo(STAMP);
        }

        @Test
        @DisplayName("with SO_RXQ_OVFL tells how many were dropped before")
        void drops() {
            sock_set_flag(sk, SOCK_RXQ_OVFL);
            skb.mark = 3;
            Timestamps.sock_recv_ts_and_drops(msg, sk, skb);
            assertThat(written()).isEqualTo(24);
        }
    }

    @Nested
    class sock_disable_timestamp {
        @Test
        @DisplayName("the other reason to stamp packets stays")
        void other_reason() {
            Timestamps.sock_enable_timestamp(sk, SOCK_TIMESTAMP);
            Timestamps.sock_enable_timestamp(sk, SOCK_TIMESTAMPING_RX_SOFTWARE);

            Timestamps.sock_disable_timestamp(sk, 1L << SOCK_TIMESTAMP);
            assertThat(sk.sk_flags & SK_FLAGS_TIMESTAMP).isEqualTo(1L << SOCK_TIMESTAMPING_RX_SOFTWARE);
            Timestamps.sock_disable_timestamp(sk, SK_FLAGS_TIMESTAMP);
            assertThat(sk.sk_flags & SK_FLAGS_TIMESTAMP).isZero();
        }
    }

    @Nested
    class sock_get_timestamp {
        @Test
        @DisplayName("-ENOENT before the first packet, and from then on packets are stamped")
        void none() {
            assertThat(Timestamps.sock_get_timestamp(sk, new byte[16])).isEqualTo(-ENOENT);
            assertThat(sock_flag(sk, SOCK_TIMESTAMP)).isTrue();
        }

        @Test
        @DisplayName("seconds and microseconds; if the packet was not stamped, it has just come")
        void time() {
            byte[] tv = new byte[16];
            sk.sk_stamp = STAMP;
            assertThat(Timestamps.sock_get_timestamp(sk, tv)).isZero();
            assertThat(get64(tv, 0)).isEqualTo(5);
            assertThat(get64(tv, 8)).isEqualTo(123_456);

            msleep(9);
            sk.sk_stamp = 0;
            assertThat(Timestamps.sock_get_timestamp(sk, tv)).isZero();
            assertThat(get64(tv, 0)).isEqualTo(BOOT_SECONDS);
            assertThat(get64(tv, 8)).isEqualTo(10_000);
            assertThat(Timestamps.sock_get_timestamp(sk, null)).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class sock_get_timestampns {
        @Test
        @DisplayName("seconds and nanoseconds")
        void time() {
            byte[] ts = new byte[16];
            assertThat(Timestamps.sock_get_timestampns(sk, ts)).isEqualTo(-ENOENT);
            sk.sk_stamp = STAMP;
            assertThat(Timestamps.sock_get_timestampns(sk, ts)).isZero();
            assertThat(get64(ts, 0)).isEqualTo(5);
            assertThat(get64(ts, 8)).isEqualTo(123_456_789);
            sk.sk_stamp = 0;
            assertThat(Timestamps.sock_get_timestampns(sk, ts)).isZero();
            assertThat(get64(ts, 0)).isEqualTo(BOOT_SECONDS);
            assertThat(Timestamps.sock_get_timestampns(sk, new byte[8])).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class sock_enable_timestamp {
        @Test
        @DisplayName("sets the flag")
        void set() {
            Timestamps.sock_enable_timestamp(sk, SOCK_TIMESTAMPING_RX_SOFTWARE);
            assertThat(sk.sk_flags & SK_FLAGS_TIMESTAMP).isEqualTo(1L << SOCK_TIMESTAMPING_RX_SOFTWARE);
        }
    }

    @Nested
    class sock_tx_timestamp {
        @Test
        @DisplayName("what the socket wants becomes flags of the packet")
        void flags() {
            IntRef tx_flags = new IntRef(99);
            Timestamps.sock_tx_timestamp(sk, tx_flags);
            assertThat(tx_flags.val).isZero();

            sock_set_flag(sk, SOCK_TIMESTAMPING_TX_HARDWARE);
            sock_set_flag(sk, SOCK_TIMESTAMPING_TX_SOFTWARE);
            sock_set_flag(sk, SOCK_WIFI_STATUS);
            Timestamps.sock_tx_timestamp(sk, tx_flags);
            assertThat(tx_flags.val).isEqualTo(SKBTX_HW_TSTAMP | SKBTX_SW_TSTAMP | SKBTX_WIFI_STATUS);
        }
    }

    @Nested
    class __sock_recv_timestamp {
        @Test
        @DisplayName("SO_TIMESTAMP: a timeval")
        void timeval() {
            sock_set_flag(sk, SOCK_RCVTSTAMP);

            Timestamps.__sock_recv_timestamp(msg, sk, skb);

            header(0, 32, SO_TIMESTAMP);
            assertThat(get64(control, 16)).isEqualTo(5);
            assertThat(get64(control, 24)).isEqualTo(123_456);
        }

        @Test
        @DisplayName("SO_TIMESTAMPNS: a timespec; SO_TIMESTAMPING: three, of which the first is ours")
        void timespecs() {
            sock_set_flag(sk, SOCK_RCVTSTAMP);
            sock_set_flag(sk, SOCK_RCVTSTAMPNS);
            sock_set_flag(sk, SOCK_TIMESTAMPING_SOFTWARE);

            Timestamps.__sock_recv_timestamp(msg, sk, skb);

            header(0, 32, SO_TIMESTAMPNS);
            assertThat(get64(control, 24)).isEqualTo(123_456_789);
            header(32, 64, SO_TIMESTAMPING);
            assertThat(get64(control, 48)).isEqualTo(5);
            assertThat(get64(control, 64)).isZero();
            assertThat(written()).isEqualTo(96);
        }

        @Test
        @DisplayName("a packet that came before anybody wanted to know gets the time of now")
        void now() {
            sock_set_flag(sk, SOCK_RCVTSTAMP);
            skb.tstamp = 0;

            Timestamps.__sock_recv_timestamp(msg, sk, skb);

            assertThat(skb.tstamp).isNotZero();
            assertThat(written()).isEqualTo(32);
        }
    }

    @Nested
    class sock_recv_drops {
        @Test
        @DisplayName("tells a number that is not 0")
        void number() {
            Timestamps.sock_recv_drops(msg, sk, skb);
            sock_set_flag(sk, SOCK_RXQ_OVFL);
            Timestamps.sock_recv_drops(msg, sk, skb);
            Timestamps.sock_recv_drops(msg, sk, null);
            assertThat(written()).isZero();

            skb.mark = 7;
            Timestamps.sock_recv_drops(msg, sk, skb);
            header(0, 20, SO_RXQ_OVFL);
            assertThat(get32(control, 16)).isEqualTo(7);
        }
    }

    @Nested
    class __sock_recv_ts_and_drops {
        @Test
        @DisplayName("first the time, then the drops")
        void both() {
            sock_set_flag(sk, SOCK_RCVTSTAMP);
            sock_set_flag(sk, SOCK_RXQ_OVFL);
            skb.mark = 7;

            Timestamps.__sock_recv_ts_and_drops(msg, sk, skb);

            header(0, 32, SO_TIMESTAMP);
            header(32, 20, SO_RXQ_OVFL);
        }
    }
}
