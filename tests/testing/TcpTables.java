// SPDX-License-Identifier: GPL-2.0-only
package testing;

import static inet_connection_sock.Listen.inet_csk_listen_start;
import static inet_connection_sock.Ports.inet_csk_bind_conflict;
import static inet_connection_sock.Ports.inet_csk_get_port;
import static inet_connection_sock.Timers.inet_csk_clear_xmit_timers;
import static inet_connection_sock.Timers.inet_csk_init_xmit_timers;
import static inet_hashtables.Bind.__inet_inherit_port;
import static inet_hashtables.Bind.inet_bind_bucket_create;
import static inet_hashtables.Bind.inet_bind_hash;
import static inet_hashtables.Bind.inet_put_port;
import static inet_hashtables.Connect.inet_hash;
import static inet_hashtables.Connect.inet_hashinfo_init;
import static inet_hashtables.Connect.inet_unhash;
import static inet_timewait_sock.Twsk.__inet_twsk_hashdance;
import static inet_timewait_sock.Twsk.inet_twsk_alloc;
import static linux.gfp.Gfp.GFP_KERNEL;
import static linux.hrtimer.Clock.nextInterrupt;
import static linux.timer.Timers.del_timer;
import static linux.timer.Timers.setup_timer;
import static linux.workqueue.Workqueue.INIT_WORK;
import static net.inet_hashtables.Hash.inet_bhashfn;
import static net.inet_timewait_sock.inet_timewait_death_row.INET_TWDR_TWKILL_SLOTS;
import static net.net_namespace.NetNs.init_net;
import static net.request_sock.Queues.reqsk_queue_destroy;
import static net.request_sock.Requests.reqsk_alloc;
import static net.sock.Alloc.sk_alloc;
import static net.sock.Alloc.sock_init_data;
import static net.sock.Dst.__sk_dst_reset;
import static net.sock.Nodes.sock_put;
import static net.sock.Protos.proto_register;
import static net.tcp.TcpConst.TCP_TIMEWAIT_LEN;
import static net.tcp_states.TcpState.TCP_CLOSE;
import static net.tcp_states.TcpState.TCP_ESTABLISHED;
import static net.tcp_states.TcpState.TCP_TIME_WAIT;
import static org.assertj.core.api.Assertions.assertThat;
import static testing.Ipv4.ip;
import static uapi.linux.in.In.IPPROTO_TCP;
import static uapi.linux.socket.SocketOpt.AF_INET;
import static uapi.linux.socket.SocketOpt.SOCK_STREAM;

import inet_connection_sock.Ports;
import inet_timewait_sock.DeathRow;
import java.util.ArrayList;
import java.util.List;
import linux.list.hlist_node;
import linux.percpu_counter.percpu_counter;
import linux.tcp.tcp_request_sock;
import linux.tcp.tcp_sock;
import linux.tcp.tcp_timewait_sock;
import net.inet_connection_sock.inet_connection_sock_af_ops;
import net.inet_hashtables.inet_bind_bucket;
import net.inet_hashtables.inet_bind_hashbucket;
import net.inet_hashtables.inet_ehash_bucket;
import net.inet_hashtables.inet_hashinfo;
import net.inet_timewait_sock.inet_timewait_death_row;
import net.inet_timewait_sock.inet_timewait_sock;
import net.inet_timewait_sock.timewait_sock_ops;
import net.net_namespace.net;
import net.request_sock.request_sock_ops;
import net.sock.proto;
import net.sock.sock;

/**
 * A protocol like TCP with small tables of its own, and sockets in them that nobody has open: for tests of ports,
 * look-ups and TIME_WAIT. It writes down which of its functions were called. {@link #end} gives everything back.
 */
public final class TcpTables {
    public final proto prot = new proto();
    public final inet_hashinfo hashinfo = new inet_hashinfo();
    public final inet_timewait_death_row row = new inet_timewait_death_row();
    public final inet_connection_sock_af_ops af_ops = new inet_connection_sock_af_ops();

    /** Which functions of the protocol were called. */
    public final List<String> log = new ArrayList<>();

    private final List<tcp_sock> open = new ArrayList<>();

    public TcpTables() {
        inet_hashinfo_init(hashinfo);
        hashinfo.ehash = new inet_ehash_bucket[16];
        hashinfo.ehash_mask = 15;
        for (int i = 0; i < 16; i++) {
            hashinfo.ehash[i] = new inet_ehash_bucket();
        }
        hashinfo.bhash = new inet_bind_hashbucket[64];
        hashinfo.bhash_size = 64;
        for (int i = 0; i < 64; i++) {
            hashinfo.bhash[i] = new inet_bind_hashbucket();
        }

        row.period = TCP_TIMEWAIT_LEN / INET_TWDR_TWKILL_SLOTS;
        row.hashinfo = hashinfo;
        row.twcal_hand = -1;
        setup_timer(row.tw_timer, DeathRow::inet_twdr_hangman, row);
        setup_timer(row.twcal_timer, DeathRow::inet_twdr_twcal_tick, row);
        INIT_WORK(row.twkill_work, DeathRow::inet_twdr_twkill_work, row);

        prot.name = "TABLES";
        prot.alloc = tcp_sock::new;
        prot.hashinfo = hashinfo;
        prot.orphan_count = new percpu_counter();
        prot.twsk_prot = new timewait_sock_ops();
        prot.twsk_prot.alloc = tcp_timewait_sock::new;
        prot.twsk_prot.twsk_destructor = tw -> log.add("twsk_destructor");
        prot.rsk_prot = new request_sock_ops();
        prot.rsk_prot.family = AF_INET;
        prot.rsk_prot.alloc = tcp_request_sock::new;
        prot.rsk_prot.destructor = req -> log.add("req_destructor");
        prot.rsk_prot.syn_ack_timeout = (sk, req) -> log.add("syn_ack_timeout");
        prot.rsk_prot.rtx_syn_ack = (sk, req) -> {
            log.add("rtx_syn_ack");
            return 0;
        };
        prot.get_port = Ports::inet_csk_get_port;
        prot.hash = inet_hashtables.Connect::inet_hash;
        prot.unhash = inet_hashtables.Connect::inet_unhash;
        prot.destroy = sk -> {
            log.add("destroy");
            release((tcp_sock) sk);
        };
        prot.disconnect = (sk, flags) -> {
            log.add("disconnect");
            sk.skc_state = TCP_CLOSE;
            inet_unhash(sk);
            return 0;
        };
        proto_register(prot, 1);

        af_ops.bind_conflict = (sk, tb, relax) -> inet_csk_bind_conflict(sk, tb, relax) != 0;
    }

    /** A socket in CLOSE, without a port. */
    public tcp_sock socket() {
        return socket(init_net);
    }

    public tcp_sock socket(net net) {
        tcp_sock sk = (tcp_sock) sk_alloc(net, AF_INET, GFP_KERNEL, prot);
        sock_init_data(null, sk);
        sk.sk_protocol = IPPROTO_TCP;
        sk.sk_type = SOCK_STREAM;
        sk.icsk_af_ops = af_ops;
        inet_csk_init_xmit_timers(sk, data -> {}, data -> {}, data -> {});
        open.add(sk);
        return sk;
    }

    /** A socket that {@code bind} has given this port. */
    public tcp_sock bound(int port) {
        tcp_sock sk = socket();
        assertThat(inet_csk_get_port(sk, port)).isZero();
        sk.inet_sport = sk.skc_num;
        return sk;
    }

    /** A listener on this port of all addresses. */
    public tcp_sock listening(int port) {
        tcp_sock sk = bound(port);
        assertThat(inet_csk_listen_start(sk, 8)).isZero();
        sk.sk_max_ack_backlog = 8;
        return sk;
    }

    /** An established connection with these ends, in the table; it shares the port of {@code parent} if not null. */
    public tcp_sock connected(sock parent, String laddr, int lport, String faddr, int fport) {
        tcp_sock sk = socket();
        ends(sk, laddr, lport, faddr, fport);
        sk.skc_state = TCP_ESTABLISHED;
        if (parent == null) {
            inet_bind_hash(sk, bucket(lport), lport);
        } else {
            assertThat(__inet_inherit_port(parent, sk)).isZero();
        }
        inet_hash(sk);
        return sk;
    }

    /** Gives the socket addresses and ports. */
    public static void ends(tcp_sock sk, String laddr, int lport, String faddr, int fport) {
        sk.skc_rcv_saddr = sk.inet_saddr = ip(laddr);
        sk.skc_num = sk.inet_sport = lport;
        sk.skc_daddr = ip(faddr);
        sk.skc_dport = fport;
    }

    /** From now on free ports of the first namespace are looked for between these, both included. */
    public static void range(int low, int high) {
        init_net.ipv4.sysctl_local_ports_range[0] = low;
        init_net.ipv4.sysctl_local_ports_range[1] = high;
    }

    /** The bucket of a port of the first namespace; made if there is none. */
    public inet_bind_bucket bucket(int port) {
        inet_bind_hashbucket head = hashinfo.bhash[inet_bhashfn(init_net, port, hashinfo.bhash_size)];
        for (hlist_node<inet_bind_bucket> n = head.chain.first(); n != null; n = n.next) {
            if (n.owner.port == port && n.owner.ib_net == init_net) {
                return n.owner;
            }
        }
        return inet_bind_bucket_create(init_net, head, port);
    }

    /** How many ports are in use. */
    public int ports() {
        int count = 0;
        for (inet_bind_hashbucket head : hashinfo.bhash) {
            for (hlist_node<inet_bind_bucket> n = head.chain.first(); n != null; n = n.next) {
                count++;
            }
        }
        return count;
    }

    /** A time-wait socket in the place of {@code sk}, with the caller's reference; {@code sk} is gone. */
    public inet_timewait_sock timewait(tcp_sock sk) {
        inet_timewait_sock tw = inet_twsk_alloc(sk, TCP_TIME_WAIT);
        __inet_twsk_hashdance(tw, sk, hashinfo);
        close(sk);
        return tw;
    }

    /** A request for a connection from there. */
    public tcp_request_sock request(String laddr, int lport, String faddr, int fport) {
        tcp_request_sock req = (tcp_request_sock) reqsk_alloc(prot.rsk_prot);
        req.skc_rcv_saddr = ip(laddr);
        req.skc_num = lport;
        req.skc_daddr = ip(faddr);
        req.skc_dport = fport;
        return req;
    }

    /** The test sees to the end of {@code sk} itself. */
    public void disown(sock sk) {
        open.remove(sk);
    }

    /** Takes the socket out of all tables and gives back the reference that it was made with. */
    public void close(tcp_sock sk) {
        open.remove(sk);
        release(sk);
        sock_put(sk);
    }

    private static void release(tcp_sock sk) {
        inet_unhash(sk);
        inet_csk_clear_xmit_timers(sk);
        if (sk.icsk_bind_hash != null) {
            inet_put_port(sk);
        }
        if (sk.icsk_accept_queue.listen_opt != null) {
            reqsk_queue_destroy(sk.icsk_accept_queue);
        }
        __sk_dst_reset(sk);
    }

    /** Closes what is open, and lets those in TIME_WAIT live out their time. */
    public void end() {
        for (tcp_sock sk : List.copyOf(open)) {
            close(sk);
        }
        while (row.tw_count != 0 && nextInterrupt(Long.MAX_VALUE)) {
            // Until the last of them is dead.
        }
        del_timer(row.twcal_timer);
        assertThat(ports()).as("ports in use").isZero();
        assertThat(hashinfo.bsockets).as("owners of ports").isZero();
        assertThat(prot.twsk_prot.live).as("time-wait sockets").isZero();
    }
}
