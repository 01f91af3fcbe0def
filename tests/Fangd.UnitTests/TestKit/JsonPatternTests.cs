using Fangd.TestKit;

namespace Fangd.UnitTests.TestKit;

public sealed class JsonPatternTests
{
    [Theory]
    [InlineData("""{"a":1,"b":"*"}""", """{"b":[1,2],"a":1.0}""")]
    [InlineData("""{"a":1,"*":"*"}""", """{"a":1,"more":true}""")]
    [InlineData("""[1,"*"]""", """[1,2,3]""")]
    [InlineData("\"agent * not *\"", "\"agent x-1 not found\"")]
    [InlineData("null", "null")]
    public void Matches(string pattern, string actual) => Assert.Empty(JsonPattern.Differences(pattern, FakeJson.Parse(actual)));

    [Theory]
    [InlineData("""{"a":1}""", """{"a":1,"b":2}""", "$.b: is not expected, was 2")]
    [InlineData("""{"a":{"b":"*"}}""", """{"a":{}}""", "$.a.b: is missing")]
    [InlineData("""[1,2]""", """[1]""", "$: expected 2 elements, was 1")]
    [InlineData("""[{"a":"x*"}]""", """[{"a":"yx"}]""", "$[0].a: expected \"x*\", was \"yx\"")]
    [InlineData("true", "false", "$: expected true, was false")]
    [InlineData("\"ab*ba\"", "\"aba\"", "$: expected \"ab*ba\", was \"aba\"")]
    [InlineData("1", "\"1\"", "$: expected 1, was \"1\"")]
    public void Differs(string pattern, string actual, string difference) =>
        Assert.Equal([difference], JsonPattern.Differences(pattern, FakeJson.Parse(actual)));
}
