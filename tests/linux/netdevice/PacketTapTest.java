// SPDX-License-Identifier: GPL-2.0-only
package linux.netdevice;

import static linux.netdevice.Open.dev_open;
import static linux.netdevice.PacketTap.Direction.IN;
import static linux.netdevice.PacketTap.Direction.OUT;
import static linux.netdevice.Xmit.dev_queue_xmit;
import static net.net_namespace.NetNs.init_net;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import linux.hrtimer.Clock;
import linux.list.Lists;
import linux.skbuff.sk_buff;
import net.net_namespace.NetNs;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import testing.Frames;
import testing.KernelTest;
import testing.Sink;
import testing.Skbs;

@KernelTest
class PacketTapTest {
    private record Seen(String dev, PacketTap.Direction direction, long ns, byte[] bytes, int wireLength) {}

    private final List<Seen> seen = new ArrayList<>();

    private void write(net_device dev, PacketTap.Direction direction, long ns, byte[] bytes, int wireLength) {
        seen.add(new Seen(dev.name, direction, ns, bytes, wireLength));
    }

    private static net_device pair() {
        net_device a = Veth.createPair(new Veth.End(NetNs.create("l"), "a", new byte[] {2, 0, 0, 0, 0, 1}),
                new Veth.End(NetNs.create("r"), "b", new byte[] {2, 0, 0, 0, 0, 2}));
        dev_open(a);
        dev_open(Veth.peer(a));
        return a;
    }

    @Test
    @DisplayName("on a veth both directions, each at its device: the whole frame with its header, and when")
    void veth() {
        net_device a = pair();
        Sink.open();
        PacketTap.open(dev -> true, PacketTap.WHOLE, this::write);
        Clock.passTo(12345);
        sk_buff skb = Frames.to(a, Veth.peer(a).dev_addr, Sink.TYPE, 20);
        byte[] frame = Skbs.bytes(skb);

        dev_queue_xmit(skb);

        assertThat(seen).extracting(Seen::dev).containsExactly("a", "b");
        assertThat(seen).extracting(Seen::direction).containsExactly(OUT, IN);
        assertThat(seen).extracting(Seen::ns).containsOnly(12345L);
        assertThat(seen).extracting(Seen::wireLength).containsOnly(34);
        assertThat(seen.get(0).bytes()).isEqualTo(frame);
        assertThat(seen.get(1).bytes()).isEqualTo(frame);
    }

    @Test
    @DisplayName("on lo only what leaves")
    void loopback() {
        dev_open(init_net.loopback_dev);
        Sink.open();
        PacketTap.open(init_net.loopback_dev, this::write);
        dev_queue_xmit(Frames.loop(init_net.loopback_dev, 20));
        assertThat(seen).extracting(Seen::direction).containsExactly(OUT);
    }

    @Test
    @DisplayName("only of the devices that are meant, and only as many bytes as are wanted")
    void snapped() {
        net_device a = pair();
        Sink.open();
        PacketTap.open(dev -> dev.name.equals("b"), 16, this::write);
        sk_buff skb = Frames.to(a, Veth.peer(a).dev_addr, Sink.TYPE, 0);
        Skbs.addPage(skb, 7, 30);
        dev_queue_xmit(skb);
        assertThat(seen).hasSize(1);
        assertThat(seen.get(0).bytes()).hasSize(16).endsWith(7, 8);
        assertThat(seen.get(0).wireLength()).isEqualTo(44);
        seen.clear();
        PacketTap.open(dev -> dev.name.equals("b"), 5, this::write);
        dev_queue_xmit(Frames.to(a, Veth.peer(a).dev_addr, Sink.TYPE, 9));
        assertThat(seen).extracting(s -> s.bytes().length).containsExactlyInAnyOrder(5, 16);
    }

    @Test
    @DisplayName("the packet is not changed and not kept: the receiver has it alone")
    void untouched() {
        net_device a = pair();
        Sink sink = Sink.open();
        int[] users = new int[1];
        sink.also = skb -> users[0] = skb.users;
        PacketTap.open(dev -> true, PacketTap.WHOLE, (dev, direction, ns, bytes, n) -> java.util.Arrays.fill(bytes, (byte) 0));
        dev_queue_xmit(Frames.to(a, Veth.peer(a).dev_addr, Sink.TYPE, 20));
        assertThat(sink.got.get(0).bytes()).isEqualTo(Skbs.count(0, 20));
        assertThat(users[0]).isOne();
    }

    @Test
    @DisplayName("closed it sees no more; with nobody watching there is nobody on the list")
    void closed() {
        net_device a = pair();
        Sink.open();
        PacketTap tap = PacketTap.open(dev -> true, PacketTap.WHOLE, this::write);
        assertThat(Lists.list_empty(Packets.ptype_all)).isFalse();
        tap.close();
        tap.close();
        assertThat(Lists.list_empty(Packets.ptype_all)).isTrue();
        dev_queue_xmit(Frames.to(a, Veth.peer(a).dev_addr, Sink.TYPE, 20));
        assertThat(seen).isEmpty();
    }
}
