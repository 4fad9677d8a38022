// SPDX-License-Identifier: GPL-2.0-only
package net.sock;

import static linux.errno.Errno.ECONNRESET;
import static linux.errno.Errno.EDOM;
import static linux.errno.Errno.EFAULT;
import static linux.errno.Errno.EHOSTUNREACH;
import static linux.errno.Errno.EINVAL;
import static linux.errno.Errno.ENODEV;
import static linux.errno.Errno.ENOPROTOOPT;
import static linux.errno.Errno.ENOTCONN;
import static linux.errno.Errno.EOPNOTSUPP;
import static linux.errno.Errno.name;
import static linux.sched.Sched.MAX_SCHEDULE_TIMEOUT;
import static linux.uaccess.User.bytesOf;
import static linux.uaccess.User.get32;
import static linux.uaccess.User.get64;
import static linux.uaccess.User.put32;
import static linux.uaccess.User.put64;
import static net.net_namespace.NetNs.init_net;
import static net.sock.Flags.sock_flag;
import static net.sock.SockConst.SOCK_MIN_RCVBUF;
import static net.sock.SockConst.SOCK_MIN_SNDBUF;
import static net.sock.SockFlag.SOCK_KEEPOPEN;
import static net.sock.SockFlag.SOCK_LINGER;
import static net.sock.SockFlag.SOCK_RCVTSTAMP;
import static net.sock.SockFlag.SOCK_RCVTSTAMPNS;
import static net.sock.SockFlag.SOCK_TIMESTAMP;
import static net.sock.SockFlag.SOCK_TIMESTAMPING_RX_SOFTWARE;
import static net.sock.sock.SOCK_RCVBUF_LOCK;
import static net.sock.sock.SOCK_SNDBUF_LOCK;
import static net.tcp_states.TcpState.TCP_LISTEN;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.FakeFamily.PF_FAKE;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.net_tstamp.NetTstamp.SOF_TIMESTAMPING_MASK;
import static uapi.linux.net_tstamp.NetTstamp.SOF_TIMESTAMPING_RX_SOFTWARE;
import static uapi.linux.socket.SocketOpt.MSG_DONTWAIT;
import static uapi.linux.socket.SocketOpt.MSG_PEEK;
import static uapi.linux.socket.SocketOpt.SOCK_PASSCRED;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;
import static uapi.linux.socket.SocketOpt.SOL_SOCKET;
import static uapi.linux.socket.SocketOpt.SO_ACCEPTCONN;
import static uapi.linux.socket.SocketOpt.SO_ATTACH_FILTER;
import static uapi.linux.socket.SocketOpt.SO_BINDTODEVICE;
import static uapi.linux.socket.SocketOpt.SO_BROADCAST;
import static uapi.linux.socket.SocketOpt.SO_BSDCOMPAT;
import static uapi.linux.socket.SocketOpt.SO_BUSY_POLL;
import static uapi.linux.socket.SocketOpt.SO_DEBUG;
import static uapi.linux.socket.SocketOpt.SO_DOMAIN;
import static uapi.linux.socket.SocketOpt.SO_DONTROUTE;
import static uapi.linux.socket.SocketOpt.SO_ERROR;
import static uapi.linux.socket.SocketOpt.SO_KEEPALIVE;
import static uapi.linux.socket.SocketOpt.SO_LINGER;
import static uapi.linux.socket.SocketOpt.SO_MARK;
import static uapi.linux.socket.SocketOpt.SO_MAX_PACING_RATE;
import static uapi.linux.socket.SocketOpt.SO_NOFCS;
import static uapi.linux.socket.SocketOpt.SO_NO_CHECK;
import static uapi.linux.socket.SocketOpt.SO_OOBINLINE;
import static uapi.linux.socket.SocketOpt.SO_PASSCRED;
import static uapi.linux.socket.SocketOpt.SO_PASSSEC;
import static uapi.linux.socket.SocketOpt.SO_PEEK_OFF;
import static uapi.linux.socket.SocketOpt.SO_PEERCRED;
import static uapi.linux.socket.SocketOpt.SO_PEERNAME;
import static uapi.linux.socket.SocketOpt.SO_PRIORITY;
import static uapi.linux.socket.SocketOpt.SO_PROTOCOL;
import static uapi.linux.socket.SocketOpt.SO_RCVBUF;
import static uapi.linux.socket.SocketOpt.SO_RCVBUFFORCE;
import static uapi.linux.socket.SocketOpt.SO_RCVLOWAT;
import static uapi.linux.socket.SocketOpt.SO_RCVTIMEO;
import static uapi.linux.socket.SocketOpt.SO_REUSEADDR;
import static uapi.linux.socket.SocketOpt.SO_REUSEPORT;
import static uapi.linux.socket.SocketOpt.SO_RXQ_OVFL;
import static uapi.linux.socket.SocketOpt.SO_SELECT_ERR_QUEUE;
import static uapi.linux.socket.SocketOpt.SO_SNDBUF;
import static uapi.linux.socket.SocketOpt.SO_SNDBUFFORCE;
import static uapi.linux.socket.SocketOpt.SO_SNDLOWAT;
import static uapi.linux.socket.SocketOpt.SO_SNDTIMEO;
import static uapi.linux.socket.SocketOpt.SO_TIMESTAMP;
import static uapi.linux.socket.SocketOpt.SO_TIMESTAMPING;
import static uapi.linux.socket.SocketOpt.SO_TIMESTAMPNS;
import static uapi.linux.socket.SocketOpt.SO_TYPE;
import static uapi.linux.socket.SocketOpt.SO_WIFI_STATUS;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import linux.compiler.IntRef;
import linux.compiler.LongRef;
import linux.net.socket;
import linux.printk.Printk;
import linux.socket.msghdr;
import linux.socket.sockaddr_in;
import net.dst.dst_entry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.FakeFamily;
import testing.KernelTest;

@KernelTest
class OptionsTest {
    private FakeFamily family;
    private socket sock;
    private sock sk;

    @BeforeEach
    void open() {
        family = new FakeFamily();
        sock = family.socket();
        sk = sock.sk;
    }

    @AfterEach
    void close() {
        family.closeAll();
    }

    private int set(int optname, int val) {
        return Options.sock_setsockopt(sock, SOL_SOCKET, optname, bytesOf(val), 4);
    }

    private int get(int optname) {
        byte[] optval = new byte[4];
        IntRef len = new IntRef(4);
        assertThat(Options.sock_getsockopt(sock, SOL_SOCKET, optname, optval, len)).isZero();
        assertThat(len.val).isEqualTo(4);
        return get32(optval, 0);
    }

    private static byte[] timeval(long sec, long usec) {
        byte[] tv = new byte[16];
        put64(tv, 0, sec);
        put64(tv, 8, usec);
        return tv;
    }

    @Nested
    class sock_set_timeout {
        private final LongRef timeo = new LongRef(77);

        @ParameterizedTest
        @CsvSource({
            "0, 1, 1", "0, 999, 1", "0, 1000, 1", "0, 1001, 2", "2, 500000, 2500", "1, 999999, 2000", "100000, 0, 100000000",
        })
        @DisplayName("becomes jiffies, rounded up")
        void rounded(long sec, long usec, long jiffies) {
            assertThat(Options.sock_set_timeout(timeo, timeval(sec, usec), 16)).isZero();
            assertThat(timeo.val).isEqualTo(jiffies);
        }

        @Test
        @DisplayName("zero is for ever, and so is more than can be counted")
        void for_ever() {
            Options.sock_set_timeout(timeo, timeval(0, 0), 16);
            assertThat(timeo.val).isEqualTo(MAX_SCHEDULE_TIMEOUT);
            timeo.val = 0;
            Options.sock_set_timeout(timeo, timeval(MAX_SCHEDULE_TIMEOUT / 1000 - 1, 0), 16);
            assertThat(timeo.val).isEqualTo(MAX_SCHEDULE_TIMEOUT);
            Options.sock_set_timeout(timeo, timeval(MAX_SCHEDULE_TIMEOUT / 1000 - 2, 0), 16);
            assertThat(timeo.val).isEqualTo((MAX_SCHEDULE_TIMEOUT / 1000 - 2) * 1000);
        }

        @Test
        @DisplayName("a negative time is none at all, and worth a line in the log, but not more than ten")
        void negative() {
            Printk.boot();
            for (int i = 0; i < 12; i++) {
                assertThat(Options.sock_set_timeout(timeo, timeval(-1, 5), 16)).isZero();
                assertThat(timeo.val).isZero();
                Printk.net_ratelimit_state.interval = 0;
            }
            assertThat(Printk.dmesg()).hasSize(10);
            assertThat(Printk.dmesg().get(0).text())
                    .isEqualTo("sock_set_timeout: `init' (pid 1) tries to set negative timeout");
        }

        @Test
        @DisplayName("-EINVAL: too short; -EFAULT: not there; -EDOM: no fraction of a second; nothing is changed")
        void errors() {
            assertThat(Options.sock_set_timeout(timeo, timeval(1, 0), 15)).isEqualTo(-EINVAL);
            assertThat(Options.sock_set_timeout(timeo, null, 16)).isEqualTo(-EFAULT);
            assertThat(Options.sock_set_timeout(timeo, timeval(1, 1_000_000), 16)).isEqualTo(-EDOM);
            assertThat(Options.sock_set_timeout(timeo, timeval(1, -1), 16)).isEqualTo(-EDOM);
            assertThat(timeo.val).isEqualTo(77);
        }
    }

    @Nested
    class sock_warn_obsolete_bsdism {
        @Test
        @DisplayName("tells each program once")
        void once() {
            Printk.boot();
            Options.sock_warn_obsolete_bsdism("setsockopt");
            Options.sock_warn_obsolete_bsdism("setsockopt");

            assertThat(Printk.dmesg()).hasSize(1);
            assertThat(Printk.dmesg().get(0).text())
                    .isEqualTo("process `init' is using obsolete setsockopt SO_BSDCOMPAT");
        }
    }

    @Nested
    class sock_setbindtodevice {
        private int bind(String name) {
            byte[] b = name.getBytes(StandardCharsets.US_ASCII);
            return Options.sock_setbindtodevice(sk, b, b.length);
        }

        @Test
        @DisplayName("the socket uses this device only, and looks for another route")
        void bound() {
            dst_entry dst = new dst_entry();
            dst.__refcnt = 2;
            sk.sk_dst_cache = dst;

            assertThat(bind("lo\0garbage")).isZero();

            assertThat(sk.skc_bound_dev_if).isEqualTo(init_net.loopback_dev.ifindex);
            assertThat(sk.sk_dst_cache).isNull();
            assertThat(dst.__refcnt).isEqualTo(1);
        }

        @Test
        @DisplayName("an empty name: any device")
        void any() {
            sk.skc_bound_dev_if = 3;
            assertThat(Options.sock_setbindtodevice(sk, null, 0)).isZero();
            assertThat(sk.skc_bound_dev_if).isZero();
        }

        @Test
        @DisplayName("-ENODEV: no such device; -EFAULT: no name; -EINVAL: no length; a long name is cut off")
        void errors() {
            assertThat(bind("eth7")).isEqualTo(-ENODEV);
            assertThat(Options.sock_setbindtodevice(sk, null, 2)).isEqualTo(-EFAULT);
            assertThat(Options.sock_setbindtodevice(sk, null, -1)).isEqualTo(-EINVAL);
            assertThat(bind("a device with such a name there cannot be")).isEqualTo(-ENODEV);
            assertThat(sk.skc_bound_dev_if).isZero();
        }
    }

    @Nested
    class sock_getbindtodevice {
        private final byte[] name = new byte[16];
        private final IntRef len = new IntRef(16);

        @Test
        @DisplayName("nothing when the socket is bound to no device")
        void none() {
            assertThat(Options.sock_getbindtodevice(sk, name, len, 16)).isZero();
            assertThat(len.val).isZero();
        }

        @Test
        @DisplayName("the device's name with a zero behind it")
        void name() {
            sk.skc_bound_dev_if = init_net.loopback_dev.ifindex;

            assertThat(Options.sock_getbindtodevice(sk, name, len, 16)).isZero();

            assertThat(len.val).isEqualTo(3);
            assertThat(name).startsWith('l', 'o', 0);
            assertThat(Options.sock_getbindtodevice(sk, name, len, 15)).as("room for a name").isEqualTo(-EINVAL);
            assertThat(Options.sock_getbindtodevice(sk, null, len, 16)).isEqualTo(-EFAULT);
        }

        @Test
        @DisplayName("-ENODEV: it is gone")
        void gone() {
            sk.skc_bound_dev_if = 99;
            assertThat(Options.sock_getbindtodevice(sk, name, len, 16)).isEqualTo(-ENODEV);
        }
    }

    @Nested
    class sock_valbool_flag {
        @Test
        @DisplayName("sets the flag or clears it")
        void both() {
            Options.sock_valbool_flag(sk, SOCK_LINGER, 2);
            assertThat(sock_flag(sk, SOCK_LINGER)).isTrue();
            Options.sock_valbool_flag(sk, SOCK_LINGER, 0);
            assertThat(sock_flag(sk, SOCK_LINGER)).isFalse();
        }
    }

    @Nested
    class sock_setsockopt {
        @ParameterizedTest
        @ValueSource(ints = {
            SO_DEBUG, SO_REUSEADDR, SO_REUSEPORT, SO_DONTROUTE, SO_BROADCAST, SO_OOBINLINE, SO_NO_CHECK, SO_PASSCRED, SO_PASSSEC,
            SO_RXQ_OVFL, SO_WIFI_STATUS, SO_NOFCS, SO_SELECT_ERR_QUEUE, SO_TIMESTAMP, SO_TIMESTAMPNS,
        })
        @DisplayName("a switch is on for any number but 0, and reads as 1")
        void switches(int optname) {
            assertThat(get(optname)).isZero();
            assertThat(set(optname, 5)).isZero();
            assertThat(get(optname)).isEqualTo(1);
            assertThat(set(optname, 0)).isZero();
            assertThat(get(optname)).isZero();
        }

        @ParameterizedTest
        @ValueSource(ints = {SO_PRIORITY, SO_MARK, SO_RCVLOWAT, SO_MAX_PACING_RATE})
        @DisplayName("a number is kept as it is")
        void numbers(int optname) {
            assertThat(set(optname, 12345)).isZero();
            assertThat(get(optname)).isEqualTo(12345);
        }

        @ParameterizedTest
        @ValueSource(ints = {SO_TYPE, SO_PROTOCOL, SO_DOMAIN, SO_ERROR, SO_ATTACH_FILTER, SO_BUSY_POLL, SO_ACCEPTCONN, 4711})
        @DisplayName("-ENOPROTOOPT: what can only be read, and what nobody knows")
        void refused(int optname) {
            assertThat(set(optname, 1)).isEqualTo(-ENOPROTOOPT);
            assertThat(Lock.sock_owned_by_user(sk)).isFalse();
        }

        @Test
        @DisplayName("-EINVAL: not even an int; -EFAULT: no memory, or less than is said")
        void short_value() {
            assertThat(Options.sock_setsockopt(sock, SOL_SOCKET, SO_MARK, bytesOf(1), 3)).isEqualTo(-EINVAL);
            assertThat(Options.sock_setsockopt(sock, SOL_SOCKET, SO_MARK, null, 4)).isEqualTo(-EFAULT);
            assertThat(Options.sock_setsockopt(sock, SOL_SOCKET, SO_LINGER, bytesOf(1), 8)).isEqualTo(-EFAULT);
        }

        @Test
        @DisplayName("SO_SNDBUF is doubled, at most the sysctl's and at least two packets, and wakes writers")
        void sndbuf() {
            List<Integer> sizes = new ArrayList<>();
            sk.sk_write_space = s -> sizes.add(s.sk_sndbuf);
            set(SO_SNDBUF, 10_000);
            set(SO_SNDBUF, 1);
            set(SO_SNDBUF, 1 << 30);
            set(SO_SNDBUF, -1);

            assertThat(sizes).containsExactly(20_000, SOCK_MIN_SNDBUF, 2 * 212992, 2 * 212992);
            assertThat(SOCK_MIN_SNDBUF).isEqualTo(4608);
            assertThat(sk.sk_userlocks).isEqualTo(SOCK_SNDBUF_LOCK);
            assertThat(get(SO_SNDBUF)).isEqualTo(2 * 212992);
        }

        @Test
        @DisplayName("SO_RCVBUF is doubled, at most the sysctl's and at least one packet")
        void rcvbuf() {
            set(SO_RCVBUF, 10_000);
            assertThat(sk.sk_rcvbuf).isEqualTo(20_000);
            set(SO_RCVBUF, 0);
            assertThat(sk.sk_rcvbuf).isEqualTo(SOCK_MIN_RCVBUF).isEqualTo(2304);
            set(SO_RCVBUF, 1 << 30);
            assertThat(sk.sk_rcvbuf).isEqualTo(2 * 212992);
            assertThat(sk.sk_userlocks).isEqualTo(SOCK_RCVBUF_LOCK);
        }

        @Test
        @DisplayName("SO_SNDBUFFORCE and SO_RCVBUFFORCE pass the sysctl's limit, and a silly value makes them negative")
        void force() {
            set(SO_SNDBUFFORCE, 1_000_000);
            set(SO_RCVBUFFORCE, 2_000_000);
            assertThat(sk.sk_sndbuf).isEqualTo(2_000_000);
            assertThat(sk.sk_rcvbuf).isEqualTo(4_000_000);

            set(SO_SNDBUFFORCE, 0x7fffffff);
            assertThat(sk.sk_sndbuf).isEqualTo(-2);
        }

        @Test
        @DisplayName("SO_KEEPALIVE of a TCP socket sets its timer too")
        void keepalive() {
            List<Integer> timer = new ArrayList<>();
            Options.Set_keepalive saved = Options.tcp_set_keepalive;
            Options.tcp_set_keepalive = (s, val) -> timer.add(val);
            set(SO_KEEPALIVE, 1);
            assertThat(sock_flag(sk, SOCK_KEEPOPEN)).isTrue();
            assertThat(timer).isEmpty();

            sk.sk_protocol = IPPROTO_TCP;
            sk.sk_type = SOCK_STREAM;
            set(SO_KEEPALIVE, 7);
            set(SO_KEEPALIVE, 0);

            assertThat(timer).containsExactly(1, 0);
            assertThat(sock_flag(sk, SOCK_KEEPOPEN)).isFalse();
            Options.tcp_set_keepalive = saved;
        }

        @ParameterizedTest
        @CsvSource({"0, 0", "5, 5000", "2147483, 2147483000", "4294967, 4294967000", "4294968, 704", "-1, 4294966296"})
        @DisplayName("SO_LINGER is in seconds; as jiffies they wrap at 32 bits")
        void linger(long seconds, long jiffies) {
            byte[] ling = new byte[8];
            put32(ling, 0, 1);
            put32(ling, 4, (int) seconds);

            assertThat(Options.sock_setsockopt(sock, SOL_SOCKET, SO_LINGER, ling, 8)).isZero();

            assertThat(sock_flag(sk, SOCK_LINGER)).isTrue();
            assertThat(sk.sk_lingertime).isEqualTo(jiffies);
        }

        @Test
        @DisplayName("SO_LINGER off keeps the time, and needs both numbers")
        void linger_off() {
            sk.sk_lingertime = 3000;
            Options.sock_valbool_flag(sk, SOCK_LINGER, 1);

            assertThat(Options.sock_setsockopt(sock, SOL_SOCKET, SO_LINGER, new byte[8], 8)).isZero();

            assertThat(sock_flag(sk, SOCK_LINGER)).isFalse();
            assertThat(sk.sk_lingertime).isEqualTo(3000);
            assertThat(Options.sock_setsockopt(sock, SOL_SOCKET, SO_LINGER, new byte[8], 7)).isEqualTo(-EINVAL);
        }

        @Test
        @DisplayName("SO_TIMESTAMP and SO_TIMESTAMPNS exclude each other; packets go on being stamped")
        void timestamp() {
            set(SO_TIMESTAMPNS, 1);
            assertThat(sock_flag(sk, SOCK_RCVTSTAMPNS)).isTrue();
            set(SO_TIMESTAMP, 1);
            assertThat(get(SO_TIMESTAMP)).isEqualTo(1);
            assertThat(get(SO_TIMESTAMPNS)).isZero();
            set(SO_TIMESTAMPNS, 0);
            assertThat(sock_flag(sk, SOCK_RCVTSTAMP)).isFalse();
            assertThat(sock_flag(sk, SOCK_TIMESTAMP)).isTrue();
        }

        @Test
        @DisplayName("SO_TIMESTAMPING takes seven bits and no others")
        void timestamping() {
            assertThat(set(SO_TIMESTAMPING, SOF_TIMESTAMPING_MASK)).isZero();
            assertThat(get(SO_TIMESTAMPING)).isEqualTo(SOF_TIMESTAMPING_MASK).isEqualTo(0x7f);
            assertThat(set(SO_TIMESTAMPING, 0x80)).isEqualTo(-EINVAL);
            set(SO_TIMESTAMPING, SOF_TIMESTAMPING_RX_SOFTWARE);
            assertThat(sock_flag(sk, SOCK_TIMESTAMPING_RX_SOFTWARE)).isTrue();
            set(SO_TIMESTAMPING, 0);
            assertThat(sock_flag(sk, SOCK_TIMESTAMPING_RX_SOFTWARE)).isFalse();
        }

        @Test
        @DisplayName("SO_RCVLOWAT: negative means all there is, 0 means 1")
        void rcvlowat() {
            set(SO_RCVLOWAT, -5);
            assertThat(sk.sk_rcvlowat).isEqualTo(Integer.MAX_VALUE);
            set(SO_RCVLOWAT, 0);
            assertThat(sk.sk_rcvlowat).isEqualTo(1);
        }

        @Test
        @DisplayName("SO_RCVTIMEO and SO_SNDTIMEO are times")
        void timeouts() {
            assertThat(Options.sock_setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, timeval(1, 0), 16)).isZero();
            assertThat(Options.sock_setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, timeval(2, 0), 16)).isZero();
            assertThat(Options.sock_setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, timeval(2, 0), 8)).isEqualTo(-EINVAL);
            assertThat(sk.sk_rcvtimeo).isEqualTo(1000);
            assertThat(sk.sk_sndtimeo).isEqualTo(2000);
        }

        @Test
        @DisplayName("SO_PEEK_OFF is for families that can")
        void peek_off() {
            assertThat(set(SO_PEEK_OFF, 3)).isEqualTo(-EOPNOTSUPP);
            family.ops.set_peek_off = (s, val) -> s.sk_peek_off = val;
            set(SO_PEEK_OFF, 3);
            assertThat(get(SO_PEEK_OFF)).isEqualTo(3);
        }

        @Test
        @DisplayName("SO_MAX_PACING_RATE takes effect at once; rates are unsigned")
        void pacing() {
            set(SO_MAX_PACING_RATE, 1000);
            assertThat(sk.sk_pacing_rate).isEqualTo(1000);
            set(SO_MAX_PACING_RATE, -1);
            assertThat(sk.sk_pacing_rate).isEqualTo(1000);
            assertThat(sk.sk_max_pacing_rate).isEqualTo(-1);
        }

        @Test
        @DisplayName("SO_BINDTODEVICE needs no int; SO_BSDCOMPAT does nothing; SO_PASSCRED is a flag of the application's side")
        void others() {
            assertThat(Options.sock_setsockopt(sock, SOL_SOCKET, SO_BINDTODEVICE, null, 0)).isZero();
            assertThat(set(SO_BSDCOMPAT, 1)).isZero();
            set(SO_PASSCRED, 1);
            assertThat(sock.flags).isEqualTo(1 << SOCK_PASSCRED);
        }
    }

    @Nested
    class sock_getsockopt {
        private final byte[] v = new byte[16];

        private int get(int optname, IntRef len) {
            return Options.sock_getsockopt(sock, SOL_SOCKET, optname, v, len);
        }

        @Test
        @DisplayName("tells what kind of socket it is")
        void kind() {
            sk.sk_protocol = 99;
            assertThat(OptionsTest.this.get(SO_TYPE)).isEqualTo(SOCK_STREAM);
            assertThat(OptionsTest.this.get(SO_DOMAIN)).isEqualTo(PF_FAKE);
            assertThat(OptionsTest.this.get(SO_PROTOCOL)).isEqualTo(99);
            assertThat(OptionsTest.this.get(SO_SNDLOWAT)).isEqualTo(1);
            assertThat(OptionsTest.this.get(SO_ACCEPTCONN)).isZero();
            sk.skc_state = TCP_LISTEN;
            assertThat(OptionsTest.this.get(SO_ACCEPTCONN)).isEqualTo(1);
            assertThat(OptionsTest.this.get(SO_BSDCOMPAT)).isZero();
        }

        @Test
        @DisplayName("SO_ERROR takes the error away, and if there is none the soft one")
        void error() {
            sk.sk_err = ECONNRESET;
            sk.sk_err_soft = EHOSTUNREACH;
            assertThat(OptionsTest.this.get(SO_ERROR)).isEqualTo(ECONNRESET);
            assertThat(OptionsTest.this.get(SO_ERROR)).isEqualTo(EHOSTUNREACH);
            assertThat(OptionsTest.this.get(SO_ERROR)).isZero();
        }

        @Test
        @DisplayName("SO_LINGER is in seconds")
        void linger() {
            sk.sk_lingertime = 5999;
            Options.sock_valbool_flag(sk, SOCK_LINGER, 1);
            IntRef len = new IntRef(100);

            assertThat(get(SO_LINGER, len)).isZero();

            assertThat(len.val).isEqualTo(8);
            assertThat(get32(v, 0)).isEqualTo(1);
            assertThat(get32(v, 4)).isEqualTo(5);
        }

        @Test
        @DisplayName("times: zero for ever")
        void timeouts() {
            IntRef len = new IntRef(16);
            v[0] = 1;
            assertThat(get(SO_RCVTIMEO, len)).isZero();
            assertThat(v).containsOnly(0);
            sk.sk_sndtimeo = 2503;
            assertThat(get(SO_SNDTIMEO, len)).isZero();
            assertThat(get64(v, 0)).isEqualTo(2);
            assertThat(get64(v, 8)).isEqualTo(503_000);
            assertThat(len.val).isEqualTo(16);
        }

        @Test
        @DisplayName("a value is cut off if there is no room for it")
        void cut_off() {
            sk.sk_mark = 0x04030201;
            IntRef len = new IntRef(2);

            assertThat(get(SO_MARK, len)).isZero();

            assertThat(len.val).isEqualTo(2);
            assertThat(Arrays.copyOf(v, 4)).containsExactly(1, 2, 0, 0);
        }

        @Test
        @DisplayName("SO_PEERNAME is an address as it is on the wire; -ENOTCONN, -EINVAL: more is asked for than there is")
        void peername() {
            family.ops.getname = (s, addr, len, peer) -> {
                sockaddr_in in = (sockaddr_in) addr;
                in.sin_addr = 0x0a000001;
                in.sin_port = 0x1234;
                len.val = 16;
                return peer == 2 ? 0 : -1;
            };
            IntRef len = new IntRef(16);

            assertThat(get(SO_PEERNAME, len)).isZero();

            assertThat(v).startsWith(2, 0, 0x12, 0x34, 10, 0, 0, 1);
            assertThat(get(SO_PEERNAME, new IntRef(17))).isEqualTo(-EINVAL);
            family.ops.getname = (s, addr, l, peer) -> -ENOTCONN;
            assertThat(get(SO_PEERNAME, len)).isEqualTo(-ENOTCONN);
        }

        @Test
        @DisplayName("SO_BINDTODEVICE of a socket that is not bound is empty")
        void bindtodevice() {
            IntRef len = new IntRef(16);
            assertThat(get(SO_BINDTODEVICE, len)).isZero();
            assertThat(len.val).isZero();
        }

        @Test
        @DisplayName("-ENOPROTOOPT, -EOPNOTSUPP, -EFAULT, -EINVAL")
        void errors() {
            assertThat(get(4711, new IntRef(4))).isEqualTo(-ENOPROTOOPT);
            assertThat(get(SO_PEERCRED, new IntRef(12))).isEqualTo(-ENOPROTOOPT);
            assertThat(get(SO_PEEK_OFF, new IntRef(4))).isEqualTo(-EOPNOTSUPP);
            assertThat(get(SO_MARK, null)).isEqualTo(-EFAULT);
            assertThat(get(SO_MARK, new IntRef(-1))).isEqualTo(-EINVAL);
            assertThat(Options.sock_getsockopt(sock, SOL_SOCKET, SO_MARK, null, new IntRef(4))).isEqualTo(-EFAULT);
        }
    }

    @Nested
    class sock_common_getsockopt {
        @Test
        @DisplayName("asks the protocol")
        void protocol() {
            family.proto.getsockopt = (s, level, optname, optval, optlen) -> {
                optlen.val = level * 100 + optname;
                return 5;
            };
            IntRef len = new IntRef();

            assertThat(Options.sock_common_getsockopt(sock, 6, 1, null, len)).isEqualTo(5);

            assertThat(len.val).isEqualTo(601);
        }
    }

    @Nested
    class sock_common_recvmsg {
        @Test
        @DisplayName("splits the flags, and tells how long the sender's address is")
        void protocol() {
            family.proto.recvmsg = (s, msg, len, noblock, flags, addr_len) -> {
                assertThat(noblock).isEqualTo(MSG_DONTWAIT);
                assertThat(flags).isEqualTo(MSG_PEEK);
                addr_len.val = 16;
                return len;
            };
            msghdr msg = new msghdr();

            assertThat(Options.sock_common_recvmsg(sock, msg, 10, MSG_PEEK | MSG_DONTWAIT)).isEqualTo(10);

            assertThat(msg.msg_namelen).isEqualTo(16);
        }

        @Test
        @DisplayName("after an error there is no address")
        void error() {
            family.proto.recvmsg = (s, msg, len, noblock, flags, addr_len) -> {
                addr_len.val = 16;
                return -5;
            };
            msghdr msg = new msghdr();

            assertThat(Options.sock_common_recvmsg(sock, msg, 10, 0)).isEqualTo(-5);

            assertThat(msg.msg_namelen).isZero();
        }
    }

    @Nested
    class sock_common_setsockopt {
        @Test
        @DisplayName("asks the protocol")
        void protocol() {
            family.proto.setsockopt = (s, level, optname, optval, optlen) -> level * 100 + optname + optlen;

            assertThat(Options.sock_common_setsockopt(sock, 6, 1, null, 4)).isEqualTo(605);
        }
    }
}
