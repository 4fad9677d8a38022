// SPDX-License-Identifier: GPL-2.0-only
package packetdrill;

import static linux.types.Be.put16;
import static linux.types.Be.put32;
import static packetdrill.MptcpOptions.ADD_ADDR;
import static packetdrill.MptcpOptions.PRIO;
import static packetdrill.MptcpOptions.REMOVE_ADDR;
import static packetdrill.TcpOption.MPTCP;
import static packetdrill.Token.Kind.INTEGER;
import static packetdrill.Token.Kind.WORD;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Reads the packets of a script.
 *
 * <pre>
 * packet  = ( &lt; | > ) [ [ip] ] flags seq:end(length) [ack N] [win N] [urg N] [ &lt;options> ] [sock(N)]
 *         | &lt; [ [seq:end(length)] ] icmp type [code] [mtu N] [sock(N)]
 * flags   = any of F S R P U E W, and . for ACK; - for none
 * options = option { , option } | ...
 * </pre>
 */
final class PacketParser {
    private static final String FLAGS = "FSRP.UEW";

    /** 40 bytes of options are what a header can hold. */
    private static final int MAX_OPTIONS = 40;

    private static final List<String> MP_FLAGS =
            List.of("flag_h", "flag_g", "flag_f", "flag_e", "flag_d", "flag_c", "flag_b", "flag_a");
    private static final int CHECKSUM_REQUIRED = 0x80;
    private static final int HMAC_SHA1 = 0x01;

    private final TokenReader in;
    private final Map<String, Long> keys;

    /** @param keys gets the values that the script gives to keys */
    PacketParser(TokenReader in, Map<String, Long> keys) {
        this.in = in;
        this.keys = keys;
    }

    Script.Packet packet() throws ScriptException {
        boolean inbound = in.next().is("<");
        for (String unable : List.of("ipv4", "ipv6", "gre", "GREv0", "mpls", "udp", "encap")) {
            if (in.peek().isWord(unable)) {
                throw in.wrong(in.peek(), unable + " packets are not played here: TCP and ICMP over IPv4 only");
            }
        }
        Token start = in.peek();
        boolean quoted = in.peek().is("[") && in.peek(1).kind() == INTEGER;
        if (quoted || in.peek().isWord("icmp")) {
            Script.Icmp icmp = icmp();
            if (!inbound) {
                throw in.wrong(start, "an ICMP packet can be sent to the host, but not be expected from it");
            }
            return new Script.Packet(true, null, null, icmp, sock());
        }
        Script.Ip ip = in.peek().is("[") || in.peek().is("(") ? ip() : null;
        Script.Tcp tcp = tcp(inbound);
        return new Script.Packet(inbound, ip, tcp, null, sock());
    }

    private Integer sock() throws ScriptException {
        if (!in.takeWord("sock")) {
            return null;
        }
        in.expect("(");
        int fd = (int) in.number("a descriptor", 0, Integer.MAX_VALUE);
        in.expect(")");
        return fd;
    }

    private Script.Ip ip() throws ScriptException {
        String close = in.next().is("[") ? "]" : ")";
        int mask = 0;
        int tos = 0;
        int ttl = -1;
        do {
            Token t = in.peek();
            switch (in.expectWord("noecn, ect0, ect1, ect01, ce, tos or ttl")) {
                case "noecn" -> mask |= 3;
                case "ect1" -> { mask |= 3; tos |= 1; }
                case "ect0" -> { mask |= 3; tos |= 2; }
                case "ce" -> { mask |= 3; tos |= 3; }
                case "ect01" -> { mask |= 3; tos = -1; }
                case "tos" -> { mask = 0xff; tos = in.u8("a TOS byte"); }
                case "ttl" -> ttl = in.u8("a TTL");
                default -> throw in.wrong(t, "expected noecn, ect0, ect1, ect01, ce, tos or ttl, not " + t.shown());
            }
        } while (in.take(","));
        in.expect(close);
        return new Script.Ip(mask, tos, ttl);
    }

    private Script.Tcp tcp(boolean inbound) throws ScriptException {
        Token start = in.peek();
        int flags = flags();
        int[] range = range();
        int ack = 0;
        Token t = in.peek();
        if (in.takeWord("ack")) {
            ack = in.u32("an ACK number");
            if ((flags & Script.Tcp.ACK) == 0 && !inbound) {
                throw in.wrong(t, "an ACK number, but no \".\" among the flags");
            }
        } else if ((flags & Script.Tcp.ACK) != 0 && !inbound) {
            throw in.wrong(t, "the flags have an ACK (\".\"), but there is no ACK number");
        }
        int window = in.takeWord("win") ? in.u16("a window") : -1;
        if (window < 0 && inbound) {
            throw in.wrong(start, "a packet to the host needs a window (win N)");
        }
        int urgent = in.takeWord("urg") ? in.u16("an urgent pointer") : (flags & Script.Tcp.URG) != 0 ? 1 : 0;
        List<TcpOption> options = new ArrayList<>();
        Token open = in.peek();
        if (in.take("<")) {
            if (in.take("...")) {
                if (inbound) {
                    throw in.wrong(open, "<...> stands for options that are not looked at: only in packets from the host");
                }
                options = null;
            } else {
                do {
                    options.add(option());
                } while (in.take(","));
            }
            in.expect(">");
        }
        if (options != null) {
            checkLength(open, options);
        }
        return new Script.Tcp(flags, range[0], range[1], ack, window, urgent, options);
    }

    private int flags() throws ScriptException {
        Token t = in.peek();
        if (in.take("-")) {
            return 0;
        }
        String word = t.kind() == WORD ? in.next().text() : "";
        if (in.take(".")) {
            word += ".";
        }
        if (word.isEmpty()) {
            throw in.expected("TCP flags");
        }
        int flags = 0;
        for (char c : word.toCharArray()) {
            int bit = FLAGS.indexOf(c);
            if (bit < 0) {
                throw in.wrong(t, "\"" + c + "\" is no TCP flag; expected some of F S R P U E W and \".\", or \"-\"");
            }
            // The dot stands where the ACK bit is.
            flags |= 1 << bit;
        }
        return flags;
    }

    /** @return first number, length */
    private int[] range() throws ScriptException {
        Token t = in.peek();
        int from = in.u32("a sequence number");
        in.expect(":");
        int to = in.u32("a sequence number");
        in.expect("(");
        int length = in.u16("a length");
        in.expect(")");
        if (from + length != to) {
            throw in.wrong(t, "sequence numbers and length do not agree: " + Integer.toUnsignedString(from) + " and " + length + " make "
                    + Integer.toUnsignedString(from + length));
        }
        return new int[] {from, length};
    }

    private Script.Icmp icmp() throws ScriptException {
        int[] range = {0, 0};
        if (in.take("[")) {
            range = range();
            in.expect("]");
        }
        if (!in.takeWord("icmp")) {
            throw in.expected("icmp");
        }
        Token typeToken = in.peek();
        String typeName = in.expectWord("a type of ICMP");
        Integer type = IcmpNames.type(typeName);
        if (type == null) {
            throw in.wrong(typeToken, "\"" + typeName + "\" is no type of ICMP");
        }
        int code = 0;
        if (in.nextIs(WORD) && !in.peek().isWord("mtu") && !in.peek().isWord("sock")) {
            Token codeToken = in.next();
            Integer found = IcmpNames.code(type, codeToken.text());
            if (found == null) {
                throw in.wrong(codeToken, "\"" + codeToken.text() + "\" is no code of ICMP " + typeName);
            }
            code = found;
        }
        int mtu = in.takeWord("mtu") ? in.u16("an MTU") : -1;
        if (in.peek().is("[")) {
            in.next();
            range = range();
            in.expect("]");
        }
        return new Script.Icmp(type, code, mtu, range[0], range[1]);
    }

    private void checkLength(Token at, List<TcpOption> options) throws ScriptException {
        int n = 0;
        for (TcpOption o : options) {
            n += o.length();
        }
        if (n % 4 != 0) {
            throw in.wrong(at, "the options are " + n + " bytes long, which is not a multiple of 4: nop fills them up");
        }
        if (n > MAX_OPTIONS) {
            throw in.wrong(at, "the options are " + n + " bytes long, and a header has room for " + MAX_OPTIONS);
        }
    }

    private TcpOption option() throws ScriptException {
        Token t = in.peek();
        String name = in.expectWord("a TCP option");
        switch (name) {
            case "nop":
                return new TcpOption.Fixed((byte) TcpOption.NOP);
            case "eol":
                return new TcpOption.Fixed((byte) TcpOption.EOL);
            case "mss":
                int mss = in.u16("an MSS");
                return new TcpOption.Fixed(TcpOption.option(TcpOption.MSS, 4, mss >> 8, mss));
            case "wscale":
                return new TcpOption.Fixed(TcpOption.option(TcpOption.WSCALE, 3, in.u8("a window scale")));
            case "sackOK":
                return new TcpOption.Fixed(TcpOption.option(TcpOption.SACK_PERMITTED, 2));
            case "sack":
                return sack();
            case "TS":
                expectWord("val");
                int val = in.u32("a time stamp");
                expectWord("ecr");
                return new TcpOption.Timestamp(val, in.u32("a time stamp"));
            case "FO", "FOEXP":
                return fastopen();
            default:
                TcpOption o = mptcp(name);
                if (o == null) {
                    throw in.wrong(t, "\"" + name + "\" is not a TCP option that we know");
                }
                return o;
        }
    }

    private void expectWord(String word) throws ScriptException {
        if (!in.takeWord(word)) {
            throw in.expected("\"" + word + "\"");
        }
    }

    private TcpOption sack() throws ScriptException {
        List<Integer> edges = new ArrayList<>();
        do {
            edges.add(in.u32("the left edge of a SACK block"));
            in.expect(":");
            edges.add(in.u32("the right edge of a SACK block"));
        } while (in.nextIs(INTEGER));
        return new TcpOption.Sack(edges.stream().mapToInt(Integer::intValue).toArray());
    }

    private TcpOption fastopen() throws ScriptException {
        byte[] cookie = {};
        if (in.nextIs(WORD) || in.nextIs(INTEGER)) {
            Token t = in.next();
            try {
                cookie = HexFormat.of().parseHex(t.text());
            } catch (IllegalArgumentException e) {
                throw in.wrong(t, "a cookie is made of pairs of hexadecimal digits, not " + t.shown());
            }
        }
        int magic = TcpOption.FASTOPEN_MAGIC;
        byte[] b = TcpOption.option(TcpOption.EXPERIMENT, 4 + cookie.length, magic >> 8, magic);
        System.arraycopy(cookie, 0, b, 4, cookie.length);
        return new TcpOption.Fixed(b);
    }

    /** @return null if it is none of Multipath TCP */
    private TcpOption mptcp(String name) throws ScriptException {
        switch (name) {
            case "mp_capable":
                return capable(CHECKSUM_REQUIRED | HMAC_SHA1);
            case "mp_capable_no_cs":
                return capable(HMAC_SHA1);
            case "mp_join_syn":
                return new MptcpOptions.JoinSyn(backup(), addressId(), token(), nonce());
            case "mp_join_syn_ack":
                return new MptcpOptions.JoinSynAck(backup(), addressId(), hmac(), nonce());
            case "mp_join_ack":
                return new MptcpOptions.JoinAck(hmac());
            case "dss":
                return dss();
            case "add_address":
                return addAddress();
            case "remove_address":
                return removeAddress();
            case "mp_prio":
                return prio();
            case "mp_fail":
                return new MptcpOptions.Fail(number("dsn"));
            case "mp_fastclose":
                String key = in.nextIs(WORD) ? key() : null;
                return new MptcpOptions.Fastclose(key, in.take("+") ? in.number("a number") : 0);
            default:
                return null;
        }
    }

    private TcpOption capable(int usual) throws ScriptException {
        String first = in.nextIs(WORD) ? key() : null;
        if (first == null) {
            throw in.expected("the name of a key");
        }
        String second = in.nextIs(WORD) && !MP_FLAGS.contains(in.peek().text()) && !in.peek().isWord("no_flags") ? key() : null;
        int flags = 0;
        while (in.nextIs(WORD) && MP_FLAGS.contains(in.peek().text())) {
            flags |= 1 << MP_FLAGS.indexOf(in.next().text());
        }
        return new MptcpOptions.Capable(in.takeWord("no_flags") ? 0 : flags != 0 ? flags : usual, first, second);
    }

    /** A name, which may get a value: {@code a=12}. */
    private String key() throws ScriptException {
        String name = in.expectWord("the name of a key");
        if (in.take("=")) {
            keys.put(name, in.number("a key"));
        }
        return name;
    }

    private boolean takeMember(String name) throws ScriptException {
        if (!in.takeWord(name)) {
            return false;
        }
        in.expect("=");
        return true;
    }

    private int backup() throws ScriptException {
        return takeMember("backup") ? (int) in.number("backup", 0, 1) : 0;
    }

    private Integer addressId() throws ScriptException {
        return !takeMember("address_id") || in.takeWord("auto") ? null : Integer.valueOf(in.u8("an address id"));
    }

    private Integer nonce() throws ScriptException {
        return takeMember("rand") ? in.u32("a nonce") : null;
    }

    private MptcpOptions.Token token() throws ScriptException {
        if (!takeMember("token")) {
            throw in.expected("token=");
        }
        if (in.takeWord("auto")) {
            return new MptcpOptions.Token(null, null);
        }
        if (!in.takeWord("sha1_32")) {
            return new MptcpOptions.Token(null, in.u32("auto, sha1_32(KEY) or a token"));
        }
        in.expect("(");
        String key = in.expectWord("the name of a key");
        in.expect(")");
        return new MptcpOptions.Token(key, null);
    }

    private MptcpOptions.Hmac hmac() throws ScriptException {
        if (!takeMember("sender_hmac") && !takeMember("token")) {
            throw in.expected("sender_hmac=");
        }
        if (in.takeWord("auto")) {
            return new MptcpOptions.Hmac(null, null, null);
        }
        if (!in.takeWord("trunc_l64_hmac") && !in.takeWord("full_160_hmac")) {
            throw in.expected("auto, trunc_l64_hmac(KEY KEY) or full_160_hmac(KEY KEY)");
        }
        in.expect("(");
        MptcpOptions.Hmac h = in.nextIs(WORD)
                ? new MptcpOptions.Hmac(in.next().text(), in.expectWord("the name of a key"), null)
                : new MptcpOptions.Hmac(null, null, in.number("the name of a key"));
        in.expect(")");
        return h;
    }

    private TcpOption dss() throws ScriptException {
        MptcpOptions.Number ack = number("dack");
        MptcpOptions.Number dsn = number("dsn");
        Integer ssn = takeMember("ssn") ? in.u32("a subflow sequence number") : null;
        Integer length = takeMember("dll") ? in.u16("a length") : null;
        Integer checksum = in.takeWord("nocs") || in.takeWord("no_cs") ? Integer.valueOf(MptcpOptions.Dss.NO_CHECKSUM)
                : takeMember("cksum") ? in.u16("a checksum") : null;
        boolean fin = in.takeWord("FIN") || in.takeWord("fin");
        return new MptcpOptions.Dss(ack, dsn, ssn, length, checksum, fin);
    }

    /** {@code dsn4=1}, {@code dsn8=trunc_r64_hmac(key_a)+1} and the like, or null. */
    private MptcpOptions.Number number(String name) throws ScriptException {
        int width = in.takeWord(name + "4") ? 4 : in.takeWord(name + "8") ? 8 : 0;
        if (width == 0) {
            return null;
        }
        if (!in.take("=")) {
            return new MptcpOptions.Number(width, null, null, null);
        }
        if (!in.takeWord("trunc_r64_hmac")) {
            return new MptcpOptions.Number(width, in.number("a data sequence number, or trunc_r64_hmac(KEY)"), null, null);
        }
        in.expect("(");
        String key = in.nextIs(WORD) ? in.next().text() : null;
        Long constant = key == null ? Long.valueOf(in.number("the name of a key")) : null;
        in.expect(")");
        // "+1" after the bracket: the plus sign is a word of its own.
        return new MptcpOptions.Number(width, in.take("+") ? in.number("a number") : 0L, key, constant);
    }

    private TcpOption addAddress() throws ScriptException {
        Integer id = addressId();
        int address = 0;
        if (takeMember("ipv4")) {
            expectWord("inet_addr");
            in.expect("(");
            address = address();
            in.expect(")");
        }
        Integer port = takeMember("port") ? in.u16("a port") : null;
        byte[] b = TcpOption.option(MPTCP, port == null ? 8 : 10, ADD_ADDR << 4 | 4, id == null ? 0 : id);
        put32(b, 4, address);
        if (port != null) {
            put16(b, 8, port);
        }
        return new MptcpOptions.Plain(ADD_ADDR, b);
    }

    /** An IPv4 address in quotes. */
    int address() throws ScriptException {
        Token t = in.peek();
        try {
            return Parser.parseAddress(in.expectString("an IPv4 address in quotes"));
        } catch (IllegalArgumentException e) {
            throw in.wrong(t, t.shown() + " is no IPv4 address");
        }
    }

    private TcpOption removeAddress() throws ScriptException {
        if (!takeMember("address_id")) {
            throw in.expected("address_id=[...]");
        }
        List<Integer> ids = new ArrayList<>();
        in.expect("[");
        do {
            ids.add(in.u8("an address id"));
        } while (in.take(","));
        in.expect("]");
        byte[] b = TcpOption.option(MPTCP, 3 + ids.size(), REMOVE_ADDR << 4);
        for (int i = 0; i < ids.size(); i++) {
            b[3 + i] = ids.get(i).byteValue();
        }
        return new MptcpOptions.Plain(REMOVE_ADDR, b);
    }

    private TcpOption prio() throws ScriptException {
        int backup = backup();
        Integer id = addressId();
        byte[] b = id == null ? TcpOption.option(MPTCP, 3, PRIO << 4 | backup) : TcpOption.option(MPTCP, 4, PRIO << 4 | backup, id);
        return new MptcpOptions.Plain(PRIO, b);
    }
}
