// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class ParserTest {
    private static Script parse(String text) throws ScriptException {
        return Parser.parse("t.pkt", text);
    }

    private static Script.Event event(String text) throws ScriptException {
        return parse(text).events().get(0);
    }

    private static Script.Packet packet(String text) throws ScriptException {
        return (Script.Packet) event("0 " + text).action();
    }

    private static Script.Call call(String text) throws ScriptException {
        return (Script.Call) event("0" + text).action();
    }

    private static Segment segment(boolean inbound) {
        return new Segment(new Flow(Flow.State.OPEN, -1, 1, 2), new Keys(java.util.Map.of()), inbound,
                new Script.Tcp(Script.Tcp.ACK, 1, 0, 1, 100, 0, List.of()), new byte[0]);
    }

    @Nested
    class Words {
        private static List<String> texts(String text) throws ScriptException {
            return Lexer.tokens("t.pkt", text).stream().map(t -> t.kind() + " " + t.text()).toList();
        }

        @Test
        @DisplayName("the longest word counts: dots make a time, an address or a gap")
        void dots() throws ScriptException {
            assertThat(texts("0...0.25 .5 192.0.2.1 S. 1:2"))
                    .containsExactly("INTEGER 0", "ELLIPSIS ...", "FLOAT 0.25", "FLOAT .5", "ADDRESS 192.0.2.1", "WORD S", "SYMBOL .",
                            "INTEGER 1", "SYMBOL :", "INTEGER 2", "END ");
        }

        @Test
        @DisplayName("comments of both kinds are skipped, and lines counted through them")
        void comments() throws ScriptException {
            List<Token> found = Lexer.tokens("t.pkt", "// one\n/* two\n * three */ x // four\n  y");
            assertThat(found.get(0).text() + found.get(0).line() + ":" + found.get(0).column()).isEqualTo("x3:13");
            assertThat(found.get(1).text() + found.get(1).line() + ":" + found.get(1).column()).isEqualTo("y4:3");
        }

        @Test
        @DisplayName("strings, commands and code come without their marks")
        void marks() throws ScriptException {
            assertThat(texts("\"a \\\"b\\\"\" `echo 1\n2` %{ assert x }% 0x8905 --mtu"))
                    .containsExactly("STRING a \"b\"", "COMMAND echo 1\n2", "CODE  assert x ", "HEX 0x8905", "OPTION --mtu", "END ");
        }
    }

    @Nested
    class Times {
        private static Script.When when(String text) throws ScriptException {
            return event(text + " > . 1:1(0) ack 1").when();
        }

        @Test
        @DisplayName("absolute, relative, any, and ranges of both kinds, exact to the nanosecond")
        void kinds() throws ScriptException {
            assertThat(when("0.1")).isEqualTo(new Script.When(Script.When.Kind.ABSOLUTE, 100_000_000, 100_000_000));
            assertThat(when("+1")).isEqualTo(new Script.When(Script.When.Kind.RELATIVE, 1_000_000_000, 1_000_000_000));
            assertThat(when("*")).isEqualTo(new Script.When(Script.When.Kind.ANY, 0, 0));
            assertThat(when("1.0~1.6")).isEqualTo(new Script.When(Script.When.Kind.RANGE, 1_000_000_000, 1_600_000_000));
            assertThat(when("+.1~+.2")).isEqualTo(new Script.When(Script.When.Kind.RELATIVE_RANGE, 100_000_000, 200_000_000));
        }
    }

    @Nested
    class Scripts {
        @Test
        @DisplayName("options come first, then a command, events, and another command")
        void order() throws ScriptException {
            Script s = parse("--tolerance_usecs=10000\n--remote_ip=192.0.2.9 `a` 0 close(3) = 0 0 `b` `c`");
            assertThat(s.settings()).extracting(Script.Setting::name).containsExactly("tolerance_usecs", "remote_ip");
            assertThat(s.settings().get(1).value()).isEqualTo("192.0.2.9");
            assertThat(s.initCommand().text()).isEqualTo("a");
            assertThat(s.events()).hasSize(2);
            assertThat(s.cleanUp().text()).isEqualTo("c");
        }

        @Test
        @DisplayName("an event keeps its line and its text")
        void source() throws ScriptException {
            Script.Event e = event("\n\n0.1  close(3)\n   = 0 // now");
            assertThat(e.line()).isEqualTo(3);
            assertThat(e.source()).isEqualTo("close(3) = 0");
        }

        @Test
        @DisplayName("a mistake has file, line and column")
        void place() {
            assertThatThrownBy(() -> parse("0 close(3) = 0\n0 close 3) = 0")).hasMessage("t.pkt:2:9: expected \"(\", not \"3\"");
        }
    }

    @Nested
    class Calls {
        @Test
        @DisplayName("arguments: gaps, numbers, names, lists, structs")
        void arguments() throws ScriptException {
            Script.Call c = call(" setsockopt(3, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0");
            assertThat(c.arguments()).hasSize(5);
            assertThat(c.arguments().get(3).toString()).isEqualTo("{onoff=1, linger=0}");
            assertThat(call(" readv(4, [{..., 10}, {..., 20}], 2) = 30").arguments().get(1).toString()).isEqualTo("[{..., 10}, {..., 20}]");
            assertThat(call(" fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0").arguments().get(2)).isInstanceOf(Value.Or.class);
        }

        @Test
        @DisplayName("a result may have the name of an error, and notes in brackets")
        void results() throws ScriptException {
            Script.Call c = call(" connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)");
            assertThat(c.error()).isEqualTo("EINPROGRESS");
            assertThat(c.end()).isEqualTo(-1);
            assertThat(call(" fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)").result()).isEqualTo(new Value.Number(2, "0x2"));
        }

        @Test
        @DisplayName("a call that blocks says when it returns")
        void blocking() throws ScriptException {
            assertThat(call("...0.2 accept(3, ..., ...) = 4").end()).isEqualTo(200_000_000);
        }

        @Test
        @DisplayName("addresses are structs with functions in them")
        void addresses() throws ScriptException {
            Script.Call c = call(" bind(3, {sa_family = AF_INET, sin_port = htons(13000), sin_addr = inet_addr(\"192.168.0.1\")}, ...) = 0");
            Value.Struct s = (Value.Struct) c.arguments().get(1);
            assertThat(((Value.Number) s.members().get("sin_port")).value()).isEqualTo(13000);
            assertThat((int) ((Value.Number) s.members().get("sin_addr")).value()).isEqualTo(0xc0a80001);
        }
    }

    @Nested
    class TcpPackets {
        @Test
        @DisplayName("all eight flags, or none")
        void flags() throws ScriptException {
            assertThat(packet("> FSRPUEW. 1:1(0) ack 1").tcp().flags()).isEqualTo(0xff);
            assertThat(packet("< - 1:1(0) win 1").tcp().flags()).isZero();
            assertThat(packet("> . 1:1(0) ack 7").tcp().ack()).isEqualTo(7);
        }

        @Test
        @DisplayName("U without a pointer means the first byte")
        void urgent() throws ScriptException {
            assertThat(packet("< PU. 1:6(5) ack 1 win 1").tcp().urgent()).isEqualTo(1);
            assertThat(packet("< PU. 1:6(5) ack 1 win 1 urg 5").tcp().urgent()).isEqualTo(5);
        }

        @Test
        @DisplayName("sequence numbers are unsigned")
        void unsigned() throws ScriptException {
            Script.Tcp t = packet("< S 4294967295:4294967295(0) win 1").tcp();
            assertThat(t.seq()).isEqualTo(-1);
            assertThat(packet("< . 4294967290:4(10) ack 1 win 1").tcp().length()).isEqualTo(10);
        }

        @Test
        @DisplayName("no options, some, or any")
        void options() throws ScriptException {
            assertThat(packet("> . 1:1(0) ack 1").tcp().options()).isEmpty();
            assertThat(packet("> . 1:1(0) ack 1 <...>").tcp().options()).isNull();
            assertThat(packet("> . 1:1(0) ack 1 <nop,nop,sack 1:2 3:4>").tcp().options()).hasSize(3);
        }

        @Test
        @DisplayName("options on the wire")
        void bytes() throws Exception {
            assertThat(packet("< S 0:0(0) win 1 <mss 1460>").tcp().options().get(0).bytes(segment(true), null)).containsExactly(2, 4, 5, 0xb4);
            assertThat(packet("< S 0:0(0) win 1 <FO 0102,nop,nop>").tcp().options().get(0).bytes(segment(true), null))
                    .containsExactly(254, 6, 0xf9, 0x89, 1, 2);
        }

        @Test
        @DisplayName("bits of the IP header in brackets of either kind")
        void ip() throws ScriptException {
            assertThat(packet("> [ce] . 1:1(0) ack 1").ip()).isEqualTo(new Script.Ip(3, 3, -1));
            assertThat(packet("> (tos 0x10,ttl 64) . 1:1(0) ack 1").ip()).isEqualTo(new Script.Ip(0xff, 0x10, 64));
            assertThat(packet("> . 1:1(0) ack 1").ip()).isNull();
        }

        @Test
        @DisplayName("ICMP quotes a segment")
        void icmp() throws ScriptException {
            Script.Packet p = packet("< [1:1461(1460)] icmp unreachable frag_needed mtu 1200");
            assertThat(p.icmp()).isEqualTo(new Script.Icmp(3, 4, 1200, 1, 1460));
            assertThat(packet("< icmp type_11 code_1 sock(4)").sock()).isEqualTo(4);
        }
    }

    @Nested
    class Mptcp {
        private static TcpOption option(String text) throws ScriptException {
            return packet("> . 1:1(0) ack 1 <" + text + ">").tcp().options().get(0);
        }

        @Test
        @DisplayName("mp_capable: one key or two, the checksum flag, flags one by one")
        void capable() throws ScriptException {
            assertThat(option("mp_capable key_a")).isEqualTo(new MptcpOptions.Capable(0x81, "key_a", null));
            assertThat(option("mp_capable_no_cs key_a key_b")).isEqualTo(new MptcpOptions.Capable(0x01, "key_a", "key_b"));
            assertThat(option("mp_capable a flag_a flag_b flag_h")).isEqualTo(new MptcpOptions.Capable(0xc1, "a", null));
        }

        @Test
        @DisplayName("a key can be given a value")
        void keys() throws ScriptException {
            assertThat(parse("0 < S 0:0(0) win 1 <mp_capable a=12>").keys()).containsEntry("a", 12L);
        }

        @Test
        @DisplayName("dss: every part may be missing, or have no value")
        void dss() throws ScriptException {
            assertThat(option("dss dack4=1 dsn8=2 ssn=3 dll=4 FIN,nop,nop,nop,nop").length()).isEqualTo(24);
            assertThat(option("dss dack4 dsn4 nocs,nop,nop"))
                    .isEqualTo(new MptcpOptions.Dss(new MptcpOptions.Number(4, null, null, null), new MptcpOptions.Number(4, null, null, null),
                            null, null, MptcpOptions.Dss.NO_CHECKSUM, false));
            assertThat(option("dss dack4=trunc_r64_hmac(b) + 1"))
                    .isEqualTo(new MptcpOptions.Dss(new MptcpOptions.Number(4, 1L, "b", null), null, null, null, null, false));
        }

        @Test
        @DisplayName("joins, addresses, priorities, and the two ways to end")
        void others() throws Exception {
            assertThat(option("mp_join_syn backup=1 address_id=7 token=sha1_32(key_b) rand=5"))
                    .isEqualTo(new MptcpOptions.JoinSyn(1, 7, new MptcpOptions.Token("key_b", null), 5));
            assertThat(option("mp_join_ack sender_hmac=full_160_hmac(a b)"))
                    .isEqualTo(new MptcpOptions.JoinAck(new MptcpOptions.Hmac("a", "b", null)));
            assertThat(option("add_address address_id=8 ipv4=inet_addr(\"192.0.2.2\")").bytes(segment(true), null))
                    .containsExactly(30, 8, 0x34, 8, 192, 0, 2, 2);
            assertThat(option("remove_address address_id=[7,8],nop,nop,nop").bytes(segment(true), null)).containsExactly(30, 5, 0x40, 7, 8);
            assertThat(option("mp_prio backup=1,nop").bytes(segment(true), null)).containsExactly(30, 3, 0x51);
            assertThat(option("mp_fastclose key_a")).isEqualTo(new MptcpOptions.Fastclose("key_a", 0));
        }
    }
}
