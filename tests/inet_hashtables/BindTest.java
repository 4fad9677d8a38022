// SPDX-License-Identifier: GPL-2.0-only
package inet_hashtables;

import static linux.errno.Errno.ENOMEM;
import static linux.interrupt.Softirq.in_softirq;
import static net.inet_hashtables.Hash.inet_bhashfn;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;

import linux.gfp.Gfp;
import linux.tcp.tcp_sock;
import net.inet_hashtables.inet_bind_bucket;
import net.inet_hashtables.inet_bind_hashbucket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import testing.KernelTest;
import testing.TcpTables;

@KernelTest
class BindTest {
    private TcpTables tcp;
    private inet_bind_hashbucket head;

    @BeforeEach
    void tables() {
        tcp = new TcpTables();
        head = tcp.hashinfo.bhash[inet_bhashfn(init_net, 80, tcp.hashinfo.bhash_size)];
    }

    @AfterEach
    void end() {
        tcp.end();
    }

    @Nested
    class inet_bind_bucket_create {
        @Test
        @DisplayName("a bucket without owners, first in its chain")
        void created() {
            inet_bind_bucket tb = Bind.inet_bind_bucket_create(init_net, head, 80);

            assertThat(head.chain.first().owner).isSameAs(tb);
            assertThat(tb.port).isEqualTo(80);
            assertThat(tb.ib_net).isSameAs(init_net);
            assertThat(tb.num_owners).isZero();
            Bind.inet_bind_bucket_destroy(tb);
        }

        @Test
        @DisplayName("without memory: null")
        void no_memory() {
            Gfp.failNth(0);

            assertThat(Bind.inet_bind_bucket_create(init_net, head, 80)).isNull();
        }
    }

    @Nested
    class inet_bind_bucket_destroy {
        @Test
        @DisplayName("does nothing while the port has an owner")
        void owned() {
            tcp_sock sk = tcp.bound(80);

            Bind.inet_bind_bucket_destroy(sk.icsk_bind_hash);

            assertThat(tcp.ports()).isOne();
        }
    }

    @Nested
    class inet_bind_hash {
        @Test
        @DisplayName("the socket owns the port, and everybody is counted")
        void owns() {
            tcp_sock sk = tcp.socket();
            inet_bind_bucket tb = tcp.bucket(80);

            Bind.inet_bind_hash(sk, tb, 80);

            assertThat(sk.skc_num).isEqualTo(80);
            assertThat(sk.icsk_bind_hash).isSameAs(tb);
            assertThat(tb.owners.first().owner).isSameAs(sk);
            assertThat(tb.num_owners).isOne();
            assertThat(tcp.hashinfo.bsockets).isOne();
        }
    }

    @Nested
    class __inet_put_port {
        @Test
        @DisplayName("the first of two owners leaves the port to the other")
        void two() {
            tcp_sock a = tcp.listening(80);
            tcp_sock b = tcp.connected(a, "10.0.0.1", 80, "10.0.0.7", 1234);

            Bind.__inet_put_port(a);

            assertThat(a.icsk_bind_hash).isNull();
            assertThat(b.icsk_bind_hash.num_owners).isOne();
            assertThat(b.icsk_bind_hash.owners.first().owner).isSameAs(b);
            assertThat(tcp.ports()).isOne();
        }
    }

    @Nested
    class inet_put_port {
        @Test
        @DisplayName("after the last owner the port is free")
        void last() {
            tcp_sock sk = tcp.bound(80);

            Bind.inet_put_port(sk);

            assertThat(sk.skc_num).isZero();
            assertThat(sk.icsk_bind_hash).isNull();
            assertThat(tcp.ports()).isZero();
            assertThat(tcp.hashinfo.bsockets).isZero();
            assertThat(in_softirq()).isFalse();
        }
    }

    @Nested
    class __inet_inherit_port {
        @Test
        @DisplayName("a child shares the bucket of its listener")
        void shared() {
            tcp_sock listener = tcp.listening(80);
            tcp_sock child = tcp.socket();
            child.skc_num = 80;

            assertThat(Bind.__inet_inherit_port(listener, child)).isZero();

            assertThat(child.icsk_bind_hash).isSameAs(listener.icsk_bind_hash);
            assertThat(listener.icsk_bind_hash.num_owners).isEqualTo(2);
        }

        @Test
        @DisplayName("a child with another port (transparent proxy) gets that one's bucket, found or made")
        void other_port() {
            tcp_sock listener = tcp.listening(80);
            tcp_sock web = tcp.bound(443);
            tcp_sock a = tcp.socket(), b = tcp.socket();
            a.skc_num = 443;
            b.skc_num = 8080;

            assertThat(Bind.__inet_inherit_port(listener, a)).isZero();
            assertThat(Bind.__inet_inherit_port(listener, b)).isZero();

            assertThat(a.icsk_bind_hash).isSameAs(web.icsk_bind_hash);
            assertThat(b.icsk_bind_hash.port).isEqualTo(8080);
            assertThat(tcp.ports()).isEqualTo(3);
        }

        @Test
        @DisplayName("without memory for that: ENOMEM")
        void no_memory() {
            tcp_sock listener = tcp.listening(80);
            tcp_sock child = tcp.socket();
            child.skc_num = 8080;
            Gfp.failNth(0);

            assertThat(Bind.__inet_inherit_port(listener, child)).isEqualTo(-ENOMEM);

            assertThat(child.icsk_bind_hash).isNull();
            child.skc_num = 0;
        }
    }
}
