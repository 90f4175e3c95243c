using UnityEngine;

namespace AvatarBridge.Samples
{
    /// <summary>
    /// A panel over the game view that changes how an avatar follows, while it does. Drawn with
    /// IMGUI, so it works with either input system.
    /// </summary>
    [RequireComponent(typeof(AvatarBridgeReceiver))]
    public sealed class TuningPanel : MonoBehaviour
    {
        const float PanelWidth = 300, LabelWidth = 110, Margin = 10;
        const float MaxDelaySeconds = 0.25f, MaxSmoothingSeconds = 0.3f;

        AvatarBridgeReceiver _receiver;
        HumanoidDriver _driver;
        ExpressionDriver _face;
        float _smoothing;

        void Start()
        {
            _receiver = GetComponent<AvatarBridgeReceiver>();
            if (_receiver.Avatar == null) return;
            _driver = _receiver.Avatar.GetComponentInChildren<HumanoidDriver>();
            _face = _receiver.Avatar.GetComponentInChildren<ExpressionDriver>();
        }

        void OnGUI()
        {
            GUILayout.BeginArea(new Rect(Margin, Margin, PanelWidth, Screen.height - 2 * Margin));
            DrawReceiver();
            if (_driver != null) DrawDriver();
            if (_face != null) _face.Gain = Slider("Face", _face.Gain, 2);
            GUILayout.EndArea();
        }

        void DrawReceiver()
        {
            var status = _receiver.Status;
            GUILayout.Label($"{status.Link}  {status.FramesPerSecond:0} fps  {status.Latency * 1000:0} ms  loss {status.Loss * 100:0.0} %");
            _receiver.Delay = Slider("Delay (s)", _receiver.Delay, MaxDelaySeconds);
            var smoothing = Slider("Smoothing (s)", _smoothing, MaxSmoothingSeconds);
            if (smoothing == _smoothing) return;
            _smoothing = smoothing;
            _receiver.SetSmoothing(smoothing);
        }

        void DrawDriver()
        {
            _driver.Weight = Slider("Weight", _driver.Weight, 1);
            var weights = _driver.PartWeights;
            weights.hips = Slider("Hips", weights.hips, 1);
            weights.spine = Slider("Spine", weights.spine, 1);
            weights.head = Slider("Head", weights.head, 1);
            weights.arms = Slider("Arms", weights.arms, 1);
            weights.fingers = Slider("Fingers", weights.fingers, 1);
            weights.legs = Slider("Legs", weights.legs, 1);
            _driver.PartWeights = weights;
            _driver.SenderHipsHeight = Slider("Sender hips (m)", _driver.SenderHipsHeight, 1.5f);
            var additive = GUILayout.Toggle(_driver.Mode == DriveMode.Additive, "Add to the animation");
            _driver.Mode = additive ? DriveMode.Additive : DriveMode.Override;
        }

        static float Slider(string label, float value, float max)
        {
            GUILayout.BeginHorizontal();
            GUILayout.Label(label, GUILayout.Width(LabelWidth));
            var changed = GUILayout.HorizontalSlider(value, 0, max);
            GUILayout.Label($"{changed:0.00}", GUILayout.Width(LabelWidth / 3));
            GUILayout.EndHorizontal();
            return changed;
        }
    }
}
