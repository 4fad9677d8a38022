// SPDX-License-Identifier: GPL-2.0-only
package linux.relay;

import static linux.types.Be.get16;
import static net.checksum.Csum.csum_partial;
import static net.checksum.Csum.csum_tcpudp_magic;
import static net.mptcp.MptcpConst.MPTCP_SUB_JOIN;
import static net.tcp.TcpConst.TCPOPT_MPTCP;
import static net.tcp.TcpConst.TCPOPT_NOP;
import static uapi.linux.if_ether.IfEther.ETH_HLEN;
import static uapi.linux.if_ether.IfEther.ETH_P_IP;
import static uapi.linux.in.In.IPPROTO_TCP;

import java.util.Arrays;
import uapi.linux.ip.iphdr;
import uapi.linux.tcp.tcphdr;

/** A frame as the relay sees it: its bytes, linear and with a finished checksum, and what they say. */
final class RelayFrame {
    private static final int FIN = 0x01;
    private static final int SYN = 0x02;
    private static final int ACK = 0x10;

    private static final int TCPOPT_EOL = 0;

    final byte[] bytes;

    /** Is it TCP over IPv4, with all of the header there? Else only {@link #bytes} mean anything. */
    final boolean isTcp;

    final TcpFlow flow;

    /** Of the first byte of payload. */
    final int seq;

    /** As the header has it. */
    final int headerSeq;

    final int flags;

    /** Bytes. */
    final int payload;

    /** Where in {@link #bytes} they begin. */
    private int ip;

    private int th;
    private int data;

    /** @param bytes from the Ethernet header on */
    RelayFrame(byte[] bytes) {
        this.bytes = bytes;
        byte[] b = bytes;
        int end = b.length;
        boolean tcp = false;
        TcpFlow f = null;
        int s = 0;
        int fl = 0;
        int len = 0;

        ip = ETH_HLEN;
        if (ip + iphdr.SIZE <= end && get16(b, 12) == ETH_P_IP) {
            iphdr iph = new iphdr(b, ip);
            th = ip + iph.ihl() * 4;
            int ipEnd = ip + iph.tot_len();
            if (iph.ihl() >= 5 && iph.protocol() == IPPROTO_TCP && (iph.frag_off() & IP_MF_OR_OFFSET) == 0
                    && th + tcphdr.SIZE <= ipEnd && ipEnd <= end) {
                tcphdr h = new tcphdr(b, th);
                data = th + h.doff() * 4;
                if (h.doff() >= 5 && data <= ipEnd) {
                    tcp = true;
                    f = new TcpFlow(iph.saddr(), iph.daddr(), h.source(), h.dest());
                    s = h.seq();
                    fl = b[th + 13] & 0xff;
                    len = ipEnd - data;
                }
            }
        }
        isTcp = tcp;
        flow = f;
        headerSeq = s;
        flags = fl;
        payload = len;
        seq = (fl & SYN) != 0 ? s + 1 : s;
    }

    private static final int IP_MF_OR_OFFSET = 0x3fff;

    boolean syn() {
        return (flags & SYN) != 0;
    }

    boolean ack() {
        return (flags & ACK) != 0;
    }

    boolean fin() {
        return (flags & FIN) != 0;
    }

    /** Inverts the byte in the middle of the payload; returns which one it is. */
    int corrupt() {
        int i = payload / 2;
        bytes[data + i] ^= (byte) 0xff;
        fixChecksum();
        return i;
    }

    /** Overwrites MPTCP options with NOPs; false if there are none. */
    boolean strip(boolean joinOnly) {
        byte[] b = bytes;
        boolean found = false;

        for (int at = th + tcphdr.SIZE; at < data && b[at] != TCPOPT_EOL; ) {
            if (b[at] == TCPOPT_NOP) {
                at++;
                continue;
            }
            if (at + 1 >= data || (b[at + 1] & 0xff) < 2 || at + (b[at + 1] & 0xff) > data) {
                break;
            }
            int len = b[at + 1] & 0xff;
            if (b[at] == TCPOPT_MPTCP && len > 2 && (!joinOnly || (b[at + 2] & 0xff) >> 4 == MPTCP_SUB_JOIN)) {
                Arrays.fill(b, at, at + len, (byte) TCPOPT_NOP);
                found = true;
            }
            at += len;
        }
        if (found) {
            fixChecksum();
        }
        return found;
    }

    private void fixChecksum() {
        tcphdr h = new tcphdr(bytes, th);
        int len = data + payload - th;

        h.check(0);
        h.check(csum_tcpudp_magic(flow.saddr(), flow.daddr(), len, IPPROTO_TCP, csum_partial(bytes, th, len, 0)));
    }
}
