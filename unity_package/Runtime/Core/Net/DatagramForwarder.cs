using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;

namespace AvatarBridge
{
    /// <summary>Passes every datagram on, unchanged, to other receivers (a daisy chain).</summary>
    internal sealed class DatagramForwarder : IDisposable
    {
        readonly List<Socket> _sockets = new List<Socket>();

        /// <summary>Targets that cannot be used are left out and named in Fault.</summary>
        public DatagramForwarder(IEnumerable<string> targets, int ownPort)
        {
            foreach (var target in targets)
            {
                if (string.IsNullOrEmpty(target)) continue;
                if (!Endpoint.TryParse(target, out var endpoint))
                    Fault += $"'{target}' is no address:port such as 127.0.0.1:39540. ";
                else if (endpoint.Port == ownPort && IPAddress.IsLoopback(endpoint.Address))
                    Fault += $"'{target}' is this receiver's own port; forwarding there would never end. ";
                else
                    Open(endpoint);
            }
        }

        public string Fault { get; private set; } = "";

        public int Count => _sockets.Count;

        public void Send(byte[] buffer, int length)
        {
            // A target that is not there answers with an error now and then; that is its affair.
            for (var i = 0; i < _sockets.Count; i++)
                _sockets[i].Send(buffer, 0, length, SocketFlags.None, out _);
        }

        public void Dispose()
        {
            foreach (var socket in _sockets) socket.Close();
            _sockets.Clear();
        }

        void Open(IPEndPoint endpoint)
        {
            try
            {
                var socket = Endpoint.OpenUdp(endpoint.AddressFamily);
                _sockets.Add(socket);
                socket.Connect(endpoint);
                socket.Blocking = false;
            }
            catch (SocketException e)
            {
                Fault += $"{endpoint}: {e.Message}. ";
            }
        }
    }
}
