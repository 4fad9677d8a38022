// SPDX-License-Identifier: GPL-2.0-only
package mptcp_fullmesh;

import static linux.kernel.Kernel.ffs;
import static linux.printk.Printk.pI4;
import static linux.types.Be.get16;
import static linux.types.Be.put32;
import static mptcp_fullmesh.mptcp_loc_addr.MPTCP_MAX_ADDR;
import static net.mptcp.Paths.mptcp_find_free_index;
import static net.mptcp.Sysctls.mptcp_debug;
import static net.netns.mptcp.netns_mptcp.MPTCP_PM_FULLMESH;
import static uapi.linux.socket.SocketOpt.AF_INET;

import java.util.Arrays;
import net.mptcp.mptcp_cb;
import net.net_namespace.net;

/**
 * The peer's addresses, as far as we know them: that of the connection, those in ADD_ADDR options, and those from
 * which it has joined (RFC 6824, section 3.4). At most eight; each has an id, which the peer gives it.
 *
 * <p>The functions for IPv6 are complete, but in this kernel nobody has such an address.
 */
final class RemoteAddresses {
    private RemoteAddresses() {}

    static mptcp_fm_ns fm_get_ns(net net) {
        return (mptcp_fm_ns) net.mptcp.path_managers[MPTCP_PM_FULLMESH];
    }

    /** In C a cast of zeroed memory: so it is made when somebody first looks. */
    static fullmesh_priv fullmesh_get_priv(mptcp_cb mpcb) {
        if (mpcb.mptcp_pm == null) {
            mpcb.mptcp_pm = new fullmesh_priv();
        }
        return (fullmesh_priv) mpcb.mptcp_pm;
    }

    /** {@code union inet_addr} read as IPv6: the bytes of an IPv4 address lie at its beginning. */
    static byte[] in6(int addr) {
        byte[] in6 = new byte[16];
        put32(in6, 0, addr);
        return in6;
    }

    /**
     * Remembers an address. If the id is known with another address the new one counts: there may be a NAT between,
     * and this is what we see.
     *
     * @param port 0: the connection's
     */
    static void mptcp_addv4_raddr(mptcp_cb mpcb, int addr, int port, int id) {
        int i;
        fullmesh_rem4 rem4;
        fullmesh_priv fmp = fullmesh_get_priv(mpcb);

        for (i = ffs(fmp.rem4_bits) - 1; i >= 0; i = ffs(fmp.rem4_bits >> i + 1 << i + 1) - 1) {
            rem4 = fmp.remaddr4[i];

            if (rem4.rem4_id == id && rem4.addr == addr && rem4.port == port) {
                return;
            }

            if (rem4.rem4_id == id && rem4.addr != addr) {
                mptcp_debug("%s: updating old addr:%s to addr %s with id:%d\n",
                        "mptcp_addv4_raddr", pI4(rem4.addr), pI4(addr), id);
                rem4.addr = addr;
                rem4.port = port;
                mpcb.list_rcvd = true;
                return;
            }
        }

        i = mptcp_find_free_index(fmp.rem4_bits);
        if (i < 0) {
            mptcp_debug("%s: At max num of remote addresses: %d --- not adding address: %s\n",
                    "mptcp_addv4_raddr", MPTCP_MAX_ADDR, pI4(addr));
            return;
        }

        rem4 = fmp.remaddr4[i];

        rem4.addr = addr;
        rem4.port = port;
        rem4.bitfield = 0;
        rem4.retry_bitfield = 0;
        rem4.rem4_id = id;
        mpcb.list_rcvd = true;
        fmp.rem4_bits |= 1 << i;
    }

    /** {@link #mptcp_addv4_raddr} for IPv6. */
    static void mptcp_addv6_raddr(mptcp_cb mpcb, byte[] addr, int port, int id) {
        int i;
        fullmesh_rem6 rem6;
        fullmesh_priv fmp = fullmesh_get_priv(mpcb);

        for (i = ffs(fmp.rem6_bits) - 1; i >= 0; i = ffs(fmp.rem6_bits >> i + 1 << i + 1) - 1) {
            rem6 = fmp.remaddr6[i];

            if (rem6.rem6_id == id && Arrays.equals(rem6.addr, addr) && rem6.port == port) {
                return;
            }

            if (rem6.rem6_id == id) {
                mptcp_debug("%s: updating old addr: %s to addr %s with id:%d\n",
                        "mptcp_addv6_raddr", pI6(rem6.addr), pI6(addr), id);
                System.arraycopy(addr, 0, rem6.addr, 0, 16);
                rem6.port = port;
                mpcb.list_rcvd = true;
                return;
            }
        }

        i = mptcp_find_free_index(fmp.rem6_bits);
        if (i < 0) {
            mptcp_debug("%s: At max num of remote addresses: %d --- not adding address: %s\n",
                    "mptcp_addv6_raddr", MPTCP_MAX_ADDR, pI6(addr));
            return;
        }

        rem6 = fmp.remaddr6[i];

        System.arraycopy(addr, 0, rem6.addr, 0, 16);
        rem6.port = port;
        rem6.bitfield = 0;
        rem6.retry_bitfield = 0;
        rem6.rem6_id = id;
        mpcb.list_rcvd = true;
        fmp.rem6_bits |= 1 << i;
    }

    /** The peer has withdrawn the address with this id: no new subflows to it. */
    static void mptcp_v4_rem_raddress(mptcp_cb mpcb, int id) {
        int i;
        fullmesh_priv fmp = fullmesh_get_priv(mpcb);

        for (i = ffs(fmp.rem4_bits) - 1; i >= 0; i = ffs(fmp.rem4_bits >> i + 1 << i + 1) - 1) {
            if (fmp.remaddr4[i].rem4_id == id) {
                fmp.rem4_bits &= ~(1 << i);

                break;
            }
        }
    }

    /** {@link #mptcp_v4_rem_raddress} for IPv6. */
    static void mptcp_v6_rem_raddress(mptcp_cb mpcb, int id) {
        int i;
        fullmesh_priv fmp = fullmesh_get_priv(mpcb);

        for (i = ffs(fmp.rem6_bits) - 1; i >= 0; i = ffs(fmp.rem6_bits >> i + 1 << i + 1) - 1) {
            if (fmp.remaddr6[i].rem6_id == id) {
                fmp.rem6_bits &= ~(1 << i);

                break;
            }
        }
    }

    /** From our address number {@code index} there is a subflow to {@code addr} already: the first one. */
    static void mptcp_v4_set_init_addr_bit(mptcp_cb mpcb, int addr, int index) {
        int i;
        fullmesh_priv fmp = fullmesh_get_priv(mpcb);

        for (i = ffs(fmp.rem4_bits) - 1; i >= 0; i = ffs(fmp.rem4_bits >> i + 1 << i + 1) - 1) {
            if (fmp.remaddr4[i].addr == addr) {
                fmp.remaddr4[i].bitfield |= 1 << index;
                return;
            }
        }
    }

    /** {@link #mptcp_v4_set_init_addr_bit} for IPv6. */
    static void mptcp_v6_set_init_addr_bit(mptcp_cb mpcb, byte[] addr, int index) {
        int i;
        fullmesh_priv fmp = fullmesh_get_priv(mpcb);

        for (i = ffs(fmp.rem6_bits) - 1; i >= 0; i = ffs(fmp.rem6_bits >> i + 1 << i + 1) - 1) {
            if (Arrays.equals(fmp.remaddr6[i].addr, addr)) {
                fmp.remaddr6[i].bitfield |= 1 << index;
                return;
            }
        }
    }

    static void mptcp_set_init_addr_bit(mptcp_cb mpcb, int addr, int family, int id) {
        if (family == AF_INET) {
            mptcp_v4_set_init_addr_bit(mpcb, addr, id);
        } else {
            mptcp_v6_set_init_addr_bit(mpcb, in6(addr), id);
        }
    }

    /** As {@code %pI6} prints it. */
    static String pI6(byte[] addr) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < 16; i += 2) {
            s.append(i == 0 ? "" : ":").append(String.format("%04x", get16(addr, i)));
        }
        return s.toString();
    }
}
