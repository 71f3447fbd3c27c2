using System.Text;
using SoundSearch.Engine.Formats;

namespace SoundSearch.Tests.Engine.Formats;

public class HuggingFaceConfigTests
{
    private string path = "";

    [SetUp]
    public void SetUp() => path = Path.Combine(TestContext.CurrentContext.WorkDirectory, Guid.NewGuid() + ".json");

    [TearDown]
    public void TearDown() => File.Delete(path);

    [TestCase("", "JSON object")]
    [TestCase("[1]", "JSON Array")]
    [TestCase("{\"type\":\"a\u00ED\"}", "UTF-8")]
    [TestCase("{\"type\":\"\\ud800\"}", "whole characters")]
    [TestCase("{\"\\ud800\":1}", "whole characters")]
    [TestCase("{\"type\":1}", "a string")]
    public void Texts_that_are_none_are_refused_with_the_path(string json, string reason)
    {
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(json));
        Assert.That(() => HuggingFaceConfig.Open(path).Text("type"), Throws.TypeOf<FileFormatException>().With.Message.Contains(path).And.Message.Contains(reason));
    }

    [Test]
    public void A_byte_order_mark_is_passed_over()
    {
        File.WriteAllText(path, "{\"type\":\"clap\"}", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        Assert.That(HuggingFaceConfig.Open(path).Text("type"), Is.EqualTo("clap"));
    }
}
