using UnityEngine;
#if UNITY_STANDALONE_WIN && !UNITY_EDITOR
using System;
using System.Runtime.InteropServices;
#endif

namespace AvatarBridge.Samples
{
    /// <summary>
    /// Shows the desktop behind the avatar in a Windows player, and optionally lets clicks through.
    /// Does nothing in the editor and on other systems.
    /// </summary>
    public sealed class TransparentWindow : MonoBehaviour
    {
        [SerializeField] bool _alwaysOnTop = true;
        [SerializeField] bool _clickThrough = false;

#if UNITY_STANDALONE_WIN && !UNITY_EDITOR
        // Values of the Windows API, winuser.h.
        const int StyleIndex = -16, ExtendedStyleIndex = -20;
        const uint Popup = 0x80000000, Visible = 0x10000000, Layered = 0x00080000, Transparent = 0x00000020;
        const uint KeepPlaceAndSize = 0x0001 | 0x0002, FrameChanged = 0x0020;
        static readonly IntPtr TopMost = new IntPtr(-1), NotTopMost = new IntPtr(-2);

        [StructLayout(LayoutKind.Sequential)]
        struct Margins
        {
            public int Left, Right, Top, Bottom;
        }

        [DllImport("user32.dll")] static extern IntPtr GetActiveWindow();
        [DllImport("user32.dll")] static extern int SetWindowLong(IntPtr window, int index, uint value);
        [DllImport("user32.dll")]
        static extern bool SetWindowPos(IntPtr window, IntPtr after, int x, int y, int width, int height, uint flags);
        [DllImport("dwmapi.dll")] static extern int DwmExtendFrameIntoClientArea(IntPtr window, ref Margins margins);

        void Start()
        {
            var window = GetActiveWindow();
            if (window == IntPtr.Zero) return;
            SetWindowLong(window, StyleIndex, Popup | Visible);
            // A negative margin: the whole client area is glass.
            var everywhere = new Margins { Left = -1 };
            DwmExtendFrameIntoClientArea(window, ref everywhere);
            if (_clickThrough) SetWindowLong(window, ExtendedStyleIndex, Layered | Transparent);
            SetWindowPos(window, _alwaysOnTop ? TopMost : NotTopMost, 0, 0, 0, 0, KeepPlaceAndSize | FrameChanged);
        }
#else
        void Start()
        {
            if (_alwaysOnTop || _clickThrough)
                Debug.Log("TransparentWindow works in Windows players only; use Chroma Key or Spout elsewhere.");
        }
#endif
    }
}
