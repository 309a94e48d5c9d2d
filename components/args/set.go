package args

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
)

// set gives a field the value of a text. The error says what is allowed.
func set(field reflect.Value, text string) error {
	switch at := field.Addr().Interface().(type) {
	case *string:
		*at = text
	case *int:
		return setInt(at, text)
	case **int:
		*at = new(int)
		return setInt(*at, text)
	case *bool:
		return setBool(at, text)
	case **bool:
		*at = new(bool)
		return setBool(*at, text)
	case *[]string:
		if json.Unmarshal([]byte(text), at) != nil {
			return errors.New("a list of texts")
		}
	case *map[string]string:
		if json.Unmarshal([]byte(text), at) != nil {
			return errors.New("texts by name")
		}
	}
	return nil
}

func setInt(at *int, text string) error {
	number, err := strconv.Atoi(text)
	if err != nil {
		return errors.New("a whole number")
	}
	*at = number
	return nil
}

func setBool(at *bool, text string) error {
	switch text {
	case "true":
		*at = true
	case "false":
		*at = false
	default:
		return errors.New("true or false")
	}
	return nil
}
