// SPDX-License-Identifier: GPL-2.0-only
package scenarios;

import static linux.gfp.Gfp.fails;
import static linux.netem.Quantity.rate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static scenarios.Hosts.loopback;
import static testing.Frames.tcp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import main.Main;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code copy FILE OUT} and its options, as typed. */
class CopyTest {
    @TempDir
    Path folder;

    /** What a command has answered. */
    private record Answer(int status, String out, String err) {}

    /** Runs a command; words that begin with {@code @} are files in the test's folder. */
    private Answer run(String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream realOut = System.out;
        PrintStream realErr = System.err;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
        try {
            String[] args = Arrays.stream(words).map(w -> w.startsWith("@") ? path(w).toString() : w).toArray(String[]::new);
            int status = Main.run(args);
            return new Answer(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(realOut);
            System.setErr(realErr);
        }
    }

    private Answer copy(String options) {
        List<String> words = new ArrayList<>(List.of("copy", "@file", "@out"));
        if (!options.isEmpty()) {
            words.addAll(List.of(options.split(" ")));
        }
        return run(words.toArray(String[]::new));
    }

    private Path path(String word) {
        return folder.resolve(word.substring(1));
    }

    private void file(long size) throws IOException {
        try (OutputStream out = Files.newOutputStream(path("@file"))) {
            for (long n = 0; n < size; n += Content.CHUNK) {
                out.write(Content.table(), Content.at(n), (int) Math.min(Content.CHUNK, size - n));
            }
        }
    }

    private Answer good(String options) throws IOException {
        Answer a = copy(options);
        assertThat(a.err.lines().filter(l -> !l.isBlank() && !l.contains("%,"))).as("on standard error").isEmpty();
        assertThat(a.status).isZero();
        assertThat(Files.mismatch(path("@file"), path("@out"))).isEqualTo(-1);
        assertThat(a.out).matches("(?s)" + Files.size(path("@file")) + " bytes, sha256 [0-9a-f]{64}\n[\\d.]+ s of virtual time.*");
        nothingBeside();
        return a;
    }

    private void nothingBeside() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(f -> f.getFileName().toString())).allMatch(name -> !name.contains(".part"));
        }
    }

    /** One subflow of the report. */
    private record Subflow(String from, String to, long bytes, long packets, long retransmissions, long reinjections) {}

    private static final Pattern SUBFLOW = Pattern.compile(
            "([\\d.]+)\\.\\d+ > ([\\d.]+)\\.5001 +(\\d+) bytes +(\\d+) packets +(\\d+) retransmissions +(\\d+) reinjections");

    private static List<Subflow> subflows(Answer a) {
        List<Subflow> found = new ArrayList<>();
        for (Matcher m = SUBFLOW.matcher(a.out); m.find(); ) {
            found.add(new Subflow(m.group(1), m.group(2), Long.parseLong(m.group(3)), Long.parseLong(m.group(4)), Long.parseLong(m.group(5)),
                    Long.parseLong(m.group(6))));
        }
        return found;
    }

    @Nested
    class Plain {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 65535, 65536, 65537, 1_000_000})
        @DisplayName("a file of any size, over the loopback NIC")
        void sizes(int size) throws IOException {
            file(size);
            assertThat(subflows(good(""))).isEmpty();
        }

        @Test
        @DisplayName("100 MB")
        void large() throws IOException {
            file(100_000_000);
            good("");
        }

        @Test
        @DisplayName("OUT that exists is replaced, and may be read by whom it could be read before")
        void replaced() throws IOException {
            file(1000);
            Files.writeString(path("@out"), "something older");
            boolean posix = Files.getFileStore(folder).supportsFileAttributeView("posix");
            if (posix) {
                Files.setPosixFilePermissions(path("@out"), PosixFilePermissions.fromString("rw-r-----"));
            }
            good("");
            if (posix) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path("@out")))).isEqualTo("rw-r-----");
            }
        }

        @Test
        @DisplayName("OUT that is a link stays one")
        void link() throws IOException {
            file(1000);
            Files.writeString(path("@target"), "something older");
            Files.createSymbolicLink(path("@out"), path("@target"));
            good("");
            assertThat(Files.isSymbolicLink(path("@out"))).isTrue();
            assertThat(Files.size(path("@target"))).isEqualTo(1000);
        }
    }

    @Nested
    class Faults {
        @ParameterizedTest
        @ValueSource(strings = {"--loss 1% --delay 10ms", "--delay 10ms --rate 10mbit", "--reorder 5% --delay 10ms", "--duplicate 1%", "--corrupt 1%",
            "--loss 1% --delay 10ms --rate 50mbit --reorder 5% --duplicate 1% --corrupt 0.1% --seed 7",
            "--loss 3% --delay 5ms --sysctl net.ipv4.tcp_sack=0 --sysctl net.ipv4.tcp_timestamps=0 --congestion reno"})
        @DisplayName("netem in the way")
        void netem(String options) throws IOException {
            file(300_000);
            good(options);
        }

        @Test
        @DisplayName("the rate is kept, and shows in the report")
        void rate() throws IOException {
            file(1_000_000);
            Matcher m = Pattern.compile("time, ([\\d.]+) Mbit/s").matcher(good("--rate 8mbit --delay 5ms").out);
            assertThat(m.find()).isTrue();
            assertThat(Double.parseDouble(m.group(1))).isBetween(7.0, 8.0);
        }

        @Test
        @DisplayName("the same seed gives the same capture, another seed another one")
        void capture() throws IOException {
            file(200_000);
            String options = "--loss 2% --delay 10ms --rate 50mbit --mptcp --path-manager ndiffports ";
            good(options + "--seed 5 --pcap " + path("@a.pcapng"));
            good(options + "--seed 5 --pcap " + path("@b.pcapng"));
            good(options + "--seed 6 --pcap " + path("@c.pcapng"));
            assertThat(Files.mismatch(path("@a.pcapng"), path("@b.pcapng"))).isEqualTo(-1);
            assertThat(Files.mismatch(path("@a.pcapng"), path("@c.pcapng"))).isNotEqualTo(-1);
            assertThat(Files.readAllBytes(path("@a.pcapng"))).startsWith(0x0a, 0x0d, 0x0d, 0x0a).hasSizeGreaterThan(5000);
        }
    }

    @Nested
    class Mptcp {
        @Test
        @DisplayName("over the loopback NIC: one subflow by default")
        void loopback() throws IOException {
            file(300_000);
            assertThat(subflows(good("--mptcp"))).singleElement().satisfies(s -> assertThat(s.bytes).isEqualTo(300_000));
        }

        @ParameterizedTest(name = "{0}: {1} subflows")
        @CsvSource({"default,1", "fullmesh,1", "ndiffports,2", "binder,1"})
        @DisplayName("path managers, over the loopback NIC")
        void pathManagers(String name, int n) throws IOException {
            file(300_000);
            assertThat(subflows(good("--mptcp --path-manager " + name))).hasSize(n);
        }

        @ParameterizedTest(name = "{0}: {1} subflows, {2}")
        @CsvSource({"'10ms,1%,10mbit/40ms,0%,50mbit',4,''", "10ms/20ms/30ms,9,''", "'5ms,0%,20mbit',1,''", "10ms/10ms,1,--path-manager default",
            "'10ms,0%,20mbit/10ms,0%,20mbit',4,--scheduler roundrobin", "'10ms,2%,20mbit/20ms,2%,20mbit',4,--congestion lia",
            "'10ms,2%,20mbit/20ms,2%,20mbit',4,--congestion olia", "'10ms,2%,20mbit/20ms,2%,20mbit',4,--congestion wvegas",
            "'10ms,10%,20mbit/20ms,10%,20mbit',4,--seed 9"})
        @DisplayName("a veth pair for each path: the report accounts for every byte")
        void paths(String paths, int n, String more) throws IOException {
            file(400_000);
            List<Subflow> found = subflows(good("--mptcp --paths " + paths + (more.isEmpty() ? "" : " " + more)));
            assertThat(found).hasSize(n);
            long bytes = found.stream().mapToLong(Subflow::bytes).sum();
            long twice = found.stream().mapToLong(Subflow::reinjections).sum();
            assertThat(bytes).as("bytes of all subflows").isBetween(400_000L, 400_000L + (twice == 0 ? 0 : 400_000));
            assertThat(found).allMatch(s -> s.packets > 2);
            if (paths.contains("10%")) {
                assertThat(found.stream().mapToLong(Subflow::retransmissions).sum()).isPositive();
            }
        }

        @Test
        @DisplayName("--paths without --mptcp: TCP over the first path")
        void tcp() throws IOException {
            file(300_000);
            assertThat(subflows(good("--paths 10ms,1%,10mbit/10ms"))).isEmpty();
        }
    }

    @Nested
    class Wrong {
        @ParameterizedTest(name = "{0}")
        @CsvSource(delimiter = '|', value = {
            "copy | expected FILE OUT",
            "copy @file | expected OUT",
            "copy @file @out more | \"more\" is too much",
            "copy @none @out | @none: there is no such file",
            "copy @folder @out | @folder is no file that can be read",
            "copy @file @folder | @folder is a folder",
            "copy @file @none/out | @none/out: there is no folder @none",
            "copy @file @file | @file is the file itself",
            "copy @file @out --pcap @file | @file is the file itself",
            "copy @file @out --pcap @out | --pcap @out is the file that the copy goes to",
            "copy @file @out --pcap @none/x | @none/x: there is no folder @none",
            "copy @file @out --loss | --loss needs a value",
            "copy @file @out --loss 1% --loss 2% | --loss is given twice",
            "copy @file @out --loss 101% | loss: \"101%\" is not a share",
            "copy @file @out --delay 10 | delay: \"10\" is not a time",
            "copy @file @out --rate fast | rate: \"fast\" is not a rate",
            "copy @file @out --reorder 5% | without a delay there is nothing to overtake",
            "copy @file @out --seed x | --seed x: expected a whole number",
            "copy @file @out --sysctl x | --sysctl x: expected NAME=VALUE",
            "copy @file @out --sysctl no.such=1 | sysctl no.such=1: ENOENT",
            "copy @file @out --congestion nix | net.ipv4.tcp_congestion_control=nix",
            "copy @file @out --mptcp --scheduler nix | net.mptcp.mptcp_scheduler=nix",
            "copy @file @out --mptcp --path-manager nix | net.mptcp.mptcp_path_manager=nix",
            "copy @file @out --paths 10ms,1%,1mbit,7 | \"10ms,1%,1mbit,7\": expected DELAY,LOSS,RATE",
            "copy @file @out --paths 10ms//10ms | --paths: \"\"",
            "copy @file @out --paths 10ms --loss 1% | --paths says what the paths are like",
            "copy @file @out --bogus | unknown option --bogus of copy",
        })
        @DisplayName("wrong words: one clear line, exit status 2, and OUT is what it was")
        void words(String command, String said) throws IOException {
            file(1000);
            Files.createDirectory(path("@folder"));
            Files.writeString(path("@out"), "something older");
            Answer a = run(command.split(" "));
            assertThat(a.status).isEqualTo(2);
            assertThat(a.out).isEmpty();
            assertThat(a.err.strip().lines()).hasSize(1);
            assertThat(a.err).contains(said.replace("@", folder + "/"));
            assertThat(Files.readString(path("@out"))).isEqualTo("something older");
            assertThat(Files.size(path("@file"))).isEqualTo(1000);
            nothingBeside();
        }

        @Test
        @DisplayName("a file that may not be read")
        void unreadable() throws IOException {
            file(1000);
            assumeThat(path("@file").toFile().setReadable(false) && !Files.isReadable(path("@file"))).as("not root").isTrue();
            Answer a = copy("");
            assertThat(a.status).isEqualTo(2);
            assertThat(a.err).contains("is no file that can be read");
        }

        @ParameterizedTest(name = "{0}")
        @ValueSource(strings = {"--loss 100%", "--loss 60% --delay 10ms --sysctl net.ipv4.tcp_retries2=1", "--mptcp --paths 10ms,100%",
            "--mptcp --paths 10ms,70%/10ms,70% --sysctl net.ipv4.tcp_retries2=1", "--mptcp --sysctl net.ipv4.tcp_wmem=x"})
        @DisplayName("the transfer fails: one clear line, an exit status, and OUT is not lost")
        void fails(String options) throws IOException {
            file(300_000);
            Files.writeString(path("@out"), "something older");
            Answer a = copy(options);
            assertThat(a.status).isEqualTo(options.contains("wmem") ? 2 : 1);
            assertThat(a.err.strip().lines()).hasSize(1);
            assertThat(Files.readString(path("@out"))).isEqualTo("something older");
            nothingBeside();
        }

        @Test
        @DisplayName("OUT is full: its message, status 1")
        void full() throws IOException {
            Path full = Path.of("/dev/full");
            assumeThat(full).exists();
            file(300_000);
            Answer a = run("copy", "@file", "/dev/full");
            assertThat(a.status).isEqualTo(1);
            assertThat(a.err).startsWith("/dev/full: ");
            assertThat(Files.isRegularFile(full)).isFalse();
        }
    }
}
