// SPDX-License-Identifier: GPL-2.0-only
package linux.tcp;

import static net.tcp.Globals.tcp_request_sock_ops;

import net.inet_sock.inet_request_sock;
import net.sock.sock;
import net.tcp.tcp_request_sock_ops;

/** A connection request of TCP: the sequence numbers of the handshake. */
public class tcp_request_sock extends inet_request_sock {
    public tcp_request_sock_ops af_specific;

    /** The listener, for Fast Open; null otherwise. */
    public sock listener;

    /** Initial sequence numbers of the peer and of us. */
    public int rcv_isn;

    public int snt_isn;

    /** When the SYN/ACK was sent (low half of jiffies); 0 once it was sent again. */
    public int snt_synack;

    /** What the SYN/ACK acknowledges: more than the SYN when Fast Open took data. */
    public int rcv_nxt;
}
