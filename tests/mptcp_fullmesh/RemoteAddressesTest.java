// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

import static net.mptcp.Sysctls.sysctl_mptcp_debug;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.SocketFields.same;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.AF_INET6;

import linux.printk.Printk;
import net.mptcp.mptcp_cb;
import net.net_namespace.NetNs;
import net.net_namespace.net;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;

@KernelTest
class RemoteAddressesTest {
    private static final int A = 0x0a000001;
    private static final int B = 0x0a000002;

    private final mptcp_cb mpcb = new mptcp_cb();

    private fullmesh_priv fmp() {
        return RemoteAddresses.fullmesh_get_priv(mpcb);
    }

    private static byte[] v6(int last) {
        byte[] a = new byte[16];
        a[0] = 0x20;
        a[15] = (byte) last;
        return a;
    }

    @Nested
    class fm_get_ns {
        @Test
        @DisplayName("every namespace has its own")
        void own() {
            net other = NetNs.create("other");

            assertThat(RemoteAddresses.fm_get_ns(other).net).isSameAs(other);
            assertThat(RemoteAddresses.fm_get_ns(init_net).net).isSameAs(init_net);
        }
    }

    @Nested
    class fullmesh_get_priv {
        @Test
        @DisplayName("zeroed at first, and the same ever after")
        void same() {
            fullmesh_priv first = RemoteAddresses.fullmesh_get_priv(mpcb);
            assertThat(first.rem4_bits).isZero();
            assertThat(RemoteAddresses.fullmesh_get_priv(mpcb)).isSameAs(first).isSameAs(mpcb.mptcp_pm);
        }
    }

    @Nested
    class mptcp_addv4_raddr {
        @Test
        @DisplayName("a new address gets a place; the same once more changes nothing")
        void added() {
            RemoteAddresses.mptcp_addv4_raddr(mpcb, A, 80, 3);

            assertThat(fmp().rem4_bits).isOne();
            assertThat(fmp().remaddr4[0].addr).isEqualTo(A);
            assertThat(fmp().remaddr4[0].port).isEqualTo(80);
            assertThat(fmp().remaddr4[0].rem4_id).isEqualTo(3);
            assertThat(mpcb.list_rcvd).isTrue();

            mpcb.list_rcvd = false;
            RemoteAddresses.mptcp_addv4_raddr(mpcb, A, 80, 3);
            assertThat(fmp().rem4_bits).isOne();
            assertThat(mpcb.list_rcvd).isFalse();
        }

        @Test
        @DisplayName("a known id with another address: there is a NAT, the new one counts; what was tried stays tried")
        void nat() {
            RemoteAddresses.mptcp_addv4_raddr(mpcb, A, 80, 3);
            fmp().remaddr4[0].bitfield = 6;
            RemoteAddresses.mptcp_addv4_raddr(mpcb, B, 81, 3);

            assertThat(fmp().rem4_bits).isOne();
            assertThat(fmp().remaddr4[0].addr).isEqualTo(B);
            assertThat(fmp().remaddr4[0].port).isEqualTo(81);
            assertThat(fmp().remaddr4[0].bitfield).isEqualTo(6);
        }

        @Test
        @DisplayName("a known address with another port is another address")
        void port() {
            RemoteAddresses.mptcp_addv4_raddr(mpcb, A, 80, 3);
            RemoteAddresses.mptcp_addv4_raddr(mpcb, A, 81, 3);
            assertThat(fmp().rem4_bits).isEqualTo(3);
        }

        @Test
        @DisplayName("eight at most; the place of one that was withdrawn is clean for the next")
        void full() {
            for (int i = 0; i < 9; i++) {
                RemoteAddresses.mptcp_addv4_raddr(mpcb, A + i, 0, i);
            }
            assertThat(fmp().rem4_bits).isEqualTo(0xff);
            assertThat(fmp().remaddr4[7].addr).isEqualTo(A + 7);

            fmp().remaddr4[2].bitfield = fmp().remaddr4[2].retry_bitfield = 5;
            RemoteAddresses.mptcp_v4_rem_raddress(mpcb, 2);
            RemoteAddresses.mptcp_addv4_raddr(mpcb, A + 8, 0, 8);
            assertThat(fmp().remaddr4[2].addr).isEqualTo(A + 8);
            assertThat(fmp().remaddr4[2].bitfield).isZero();
            assertThat(fmp().remaddr4[2].retry_bitfield).isZero();
        }

        @Test
        @DisplayName("with mptcp_debug the log says which address was replaced, and which had no place")
        void log() {
            sysctl_mptcp_debug = 1;
            RemoteAddresses.mptcp_addv4_raddr(mpcb, A, 80, 3);
            RemoteAddresses.mptcp_addv4_raddr(mpcb, B, 81, 3);
            assertThat(Printk.dmesg()).last().extracting(Printk.Line::text).asString().contains("updating old addr:");

            for (int id = 4; id < 20; id++) {
                RemoteAddresses.mptcp_addv4_raddr(mpcb, A + id, 80, id);
            }
            assertThat(Printk.dmesg()).last().extracting(Printk.Line::text).asString()
                    .contains("At max num of remote addresses");
        }
    }

    @Nested
    class mptcp_addv6_raddr {
        @Test
        @DisplayName("like IPv4; here a known id with another port is changed in its place")
        void added() {
            RemoteAddresses.mptcp_addv6_raddr(mpcb, v6(1), 80, 3);
            RemoteAddresses.mptcp_addv6_raddr(mpcb, v6(1), 80, 3);
            RemoteAddresses.mptcp_addv6_raddr(mpcb, v6(2), 80, 4);
            assertThat(fmp().rem6_bits).isEqualTo(3);
            assertThat(mpcb.list_rcvd).isTrue();

            RemoteAddresses.mptcp_addv6_raddr(mpcb, v6(9), 81, 3);
            assertThat(fmp().rem6_bits).isEqualTo(3);
            assertThat(fmp().remaddr6[0].addr).isEqualTo(v6(9));
            assertThat(fmp().remaddr6[0].port).isEqualTo(81);

            for (int i = 10; i < 20; i++) {
                RemoteAddresses.mptcp_addv6_raddr(mpcb, v6(i), 0, i);
            }
            assertThat(fmp().rem6_bits).isEqualTo(0xff);
        }
    }

    @Nested
    class mptcp_v4_rem_raddress {
        @Test
        @DisplayName("the address with that id goes; others stay")
        void removed() {
            RemoteAddresses.mptcp_addv4_raddr(mpcb, A, 0, 3);
            RemoteAddresses.mptcp_addv4_raddr(mpcb, B, 0, 4);
            RemoteAddresses.mptcp_v4_rem_raddress(mpcb, 5);
            assertThat(fmp().rem4_bits).isEqualTo(3);
            RemoteAddresses.mptcp_v4_rem_raddress(mpcb, 3);
            assertThat(fmp().rem4_bits).isEqualTo(2);
        }
    }

    @Nested
    class mptcp_v6_rem_raddress {
        @Test
        @DisplayName("the address with that id goes; others stay")
        void removed() {
            RemoteAddresses.mptcp_addv6_raddr(mpcb, v6(1), 0, 3);
            RemoteAddresses.mptcp_addv6_raddr(mpcb, v6(2), 0, 4);
            RemoteAddresses.mptcp_v6_rem_raddress(mpcb, 4);
            assertThat(fmp().rem6_bits).isEqualTo(1);
        }
    }

    @Nested
    class mptcp_v4_set_init_addr_bit {
        @Test
        @DisplayName("the first subflow's pair of addresses needs no other")
        void bit() {
            RemoteAddresses.mptcp_addv4_raddr(mpcb, A, 0, 0);
            RemoteAddresses.mptcp_addv4_raddr(mpcb, B, 0, 1);
            RemoteAddresses.mptcp_v4_set_init_addr_bit(mpcb, B, 2);

            assertThat(fmp().remaddr4[0].bitfield).isZero();
            assertThat(fmp().remaddr4[1].bitfield).isEqualTo(1 << 2);
        }
    }

    @Nested
    class mptcp_v6_set_init_addr_bit {
        @Test
        @DisplayName("the first subflow's pair of addresses needs no other")
        void bit() {
            RemoteAddresses.mptcp_addv6_raddr(mpcb, v6(1), 0, 0);
            RemoteAddresses.mptcp_v6_set_init_addr_bit(mpcb, v6(1), 3);
            RemoteAddresses.mptcp_v6_set_init_addr_bit(mpcb, v6(2), 4);

            assertThat(fmp().remaddr6[0].bitfield).isEqualTo(1 << 3);
        }
    }

    @Nested
    class mptcp_set_init_addr_bit {
        @Test
        @DisplayName("the family decides")
        void family() {
            RemoteAddresses.mptcp_addv4_raddr(mpcb, A, 0, 0);
            RemoteAddresses.mptcp_addv6_raddr(mpcb, RemoteAddresses.in6(A), 0, 0);

            RemoteAddresses.mptcp_set_init_addr_bit(mpcb, A, AF_INET, 1);
            RemoteAddresses.mptcp_set_init_addr_bit(mpcb, A, AF_INET6, 2);

            assertThat(fmp().remaddr4[0].bitfield).isEqualTo(2);
            assertThat(fmp().remaddr6[0].bitfield).isEqualTo(4);
        }
    }
}
