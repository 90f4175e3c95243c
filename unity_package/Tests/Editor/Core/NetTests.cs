using System;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using NUnit.Framework;

namespace AvatarBridge.Tests
{
    public sealed class NetTests
    {
        const int PatienceMilliseconds = 5000;

        static readonly StreamSettings Settings = new StreamSettings { Mode = BufferMode.Off, Timeout = 1 };

        static int FreePort()
        {
            using (var socket = Endpoint.OpenUdp(AddressFamily.InterNetwork))
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                return ((IPEndPoint)socket.LocalEndPoint).Port;
            }
        }

        static void Until(Func<bool> condition, string what)
        {
            var watch = Stopwatch.StartNew();
            while (!condition())
            {
                Assert.That(watch.ElapsedMilliseconds, Is.LessThan(PatienceMilliseconds), what);
                Thread.Sleep(5);
            }
        }

        static void Send(Socket socket, byte[] datagram, IPAddress address, int port) =>
            socket.SendTo(datagram, new IPEndPoint(address, port));

        static void AssertReceives(string bind, IPAddress target)
        {
            var port = FreePort();
            using (var link = new StreamLink(bind, port, new string[0]))
            using (var socket = Endpoint.OpenUdp(target.AddressFamily))
            {
                Until(() => link.Port == PortState.Open, "port open: " + link.Fault);
                for (var i = 0; i < 5; i++)
                {
                    Send(socket, new byte[] { 1, 2, 3 }, target, port);
                    Send(socket, VmcFrames.OneBundle(i / 30f), target, port);
                }
                Until(() => link.Sample(MonotonicClock.Now, Settings).Datagrams == 10, "all datagrams");
                Assert.That(link.Sample(MonotonicClock.Now, Settings).Malformed, Is.EqualTo(5));
                Assert.That(link.Sample(MonotonicClock.Now, Settings).Link, Is.EqualTo(LinkState.Live));
                StringAssert.Contains(((IPEndPoint)socket.LocalEndPoint).Port.ToString(), link.Sender);
            }
        }

        [Test]
        public void FramesArriveOverVersionFour() => AssertReceives("127.0.0.1", IPAddress.Loopback);

        [TestCase("::1")]
        [TestCase("::")]
        public void FramesArriveOverVersionSix(string bind)
        {
            if (!Socket.OSSupportsIPv6) Assert.Ignore("this machine has no IPv6");
            AssertReceives(bind, IPAddress.IPv6Loopback);
        }

        [Test]
        public void OneSocketTakesBothVersions()
        {
            if (!Socket.OSSupportsIPv6) Assert.Ignore("this machine has no IPv6");
            AssertReceives("::", IPAddress.Loopback);
        }

        [Test]
        public void APortInUseIsToldAndTakenOnceItIsFree()
        {
            var port = FreePort();
            var other = Endpoint.OpenUdp(AddressFamily.InterNetwork);
            other.Bind(new IPEndPoint(IPAddress.Loopback, port));
            using (var link = new StreamLink("127.0.0.1", port, new string[0]))
            {
                Until(() => link.Port == PortState.InUse, "in use is noticed");
                StringAssert.Contains($"port {port} is used by another program", link.Fault);
                Assert.That(link.Sample(MonotonicClock.Now, Settings).Link, Is.EqualTo(LinkState.Closed));
                other.Close();
                Until(() => link.Port == PortState.Open, "port taken when free");
                Assert.That(link.Fault, Is.EqualTo(""));
            }
        }

        [Test]
        public void TwoReceiversCannotShareAPort()
        {
            var port = FreePort();
            using (var first = new StreamLink("127.0.0.1", port, new string[0]))
            {
                Until(() => first.Port == PortState.Open, "first open");
                using (var second = new StreamLink("127.0.0.1", port, new string[0]))
                    Until(() => second.Port == PortState.InUse, "second is refused");
            }
        }

        [TestCase("no address", 39539)]
        [TestCase("127.0.0.1", 0)]
        [TestCase("127.0.0.1", 70000)]
        [TestCase("203.0.113.9", 39539)]
        public void WhatCannotBeOpenedIsExplained(string address, int port)
        {
            using (var link = new StreamLink(address, port, new string[0]))
            {
                Until(() => link.Port == PortState.Failed, "failure is noticed");
                StringAssert.Contains(port == 39539 ? address : port.ToString(), link.Fault);
            }
        }

        [Test]
        public void ClosingFreesThePortAtOnce()
        {
            var port = FreePort();
            for (var i = 0; i < 5; i++)
                using (var link = new StreamLink("127.0.0.1", port, new string[0]))
                    Until(() => link.Port == PortState.Open, "open again: " + link.Fault);
        }

        [Test]
        public void DatagramsAreForwardedUnchanged()
        {
            var port = FreePort();
            using (var next = Endpoint.OpenUdp(AddressFamily.InterNetwork))
            using (var sender = Endpoint.OpenUdp(AddressFamily.InterNetwork))
            {
                next.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                next.ReceiveTimeout = PatienceMilliseconds;
                var nextPort = ((IPEndPoint)next.LocalEndPoint).Port;
                var targets = new[] { "127.0.0.1:" + nextPort, "nonsense", "127.0.0.1:" + port };
                using (var link = new StreamLink("127.0.0.1", port, targets))
                {
                    Until(() => link.Port == PortState.Open, "port open");
                    StringAssert.Contains("nonsense", link.Fault);
                    StringAssert.Contains("own port", link.Fault);
                    var frame = VmcFrames.OneBundle(1);
                    Send(sender, frame, IPAddress.Loopback, port);
                    var received = new byte[65535];
                    var length = next.Receive(received);
                    Assert.That(length, Is.EqualTo(frame.Length));
                    for (var i = 0; i < length; i++) Assert.That(received[i], Is.EqualTo(frame[i]));
                }
            }
        }

        [Test]
        public void AForwardTargetThatIsNotThereDisturbsNothing()
        {
            var port = FreePort();
            using (var sender = Endpoint.OpenUdp(AddressFamily.InterNetwork))
            using (var link = new StreamLink("127.0.0.1", port, new[] { "127.0.0.1:" + FreePort() }))
            {
                Until(() => link.Port == PortState.Open, "port open");
                for (var i = 0; i < 20; i++)
                {
                    Send(sender, VmcFrames.OneBundle(i / 60f), IPAddress.Loopback, port);
                    Thread.Sleep(2);
                }
                Until(() => link.Sample(MonotonicClock.Now, Settings).Datagrams == 20, "all datagrams");
            }
        }
    }
}
